"""The first visit: while nobody has an account, every page is the one that makes the owner."""


class FirstRunMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)
