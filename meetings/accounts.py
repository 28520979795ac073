"""Who may make an account."""

from allauth.account.adapter import DefaultAccountAdapter


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: the first account is made with the set-up code, all others by an owner."""

    def is_open_for_signup(self, request) -> bool:
        return False
