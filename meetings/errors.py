"""The root of every error a person may see. Converted at the boundary (view, consumer, task), chained with `from`."""


class MinutebookError(Exception):
    """`code` is stable and documented, `text` is a sentence for the person (what happened, what was kept, what to do), never what was said.

    `retryable` says whether the same work may succeed later without anybody changing anything.
    """

    code = "unexpected"
    retryable = False
    text = "Something went wrong that should not. What was made so far is kept. Try again."

    def __init__(
        self, text: str | None = None, *, code: str | None = None, retryable: bool | None = None
    ) -> None:
        self.text = text or type(self).text
        self.code = code or type(self).code
        self.retryable = type(self).retryable if retryable is None else retryable
        super().__init__(self.code)
