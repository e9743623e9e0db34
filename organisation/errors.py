"""What can go wrong with units, people and conversations.

OrganisationError
├── ImportFileError          problems: every row that is wrong; nothing was imported
├── GraphError               Microsoft Graph
│   ├── GraphSignInError     code: why Microsoft gave no token, in its own short code
│   ├── GraphRefusedError    status: it refuses us (401, 403), or what we ask for is not there
│   ├── GraphBusyError       status: still throttled or away after several tries
│   └── GraphAnswerError     it answered with something that its documentation does not know
├── UnknownPersonError       employee_id: nobody active has it
└── ConversationOwnerError   conversation_id: it belongs to someone else
"""

from dataclasses import dataclass


class OrganisationError(Exception):
    """Base of the errors of this room."""


@dataclass(frozen=True)
class RowProblem:
    """One fault in a source.

    Attributes:
        file: its name.
        row: the line in a file, where the heading is 1, or the place in a list; 0 when it is about no row.
    """

    file: str
    row: int
    problem: str

    def __str__(self) -> str:
        place = f"{self.file}, row {self.row}" if self.row else self.file
        return f"{place}: {self.problem}"


class ImportFileError(OrganisationError):
    """The import files have faults, in the order of the files and their rows.

    Attributes:
        warnings: what is doubtful besides, and would not have stopped the import.
    """

    def __init__(self, problems: tuple[RowProblem, ...], warnings: tuple[RowProblem, ...] = ()) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
        self.warnings = warnings


class GraphError(OrganisationError):
    """Something is wrong between us and Microsoft Graph."""


class GraphSignInError(GraphError):
    """Microsoft gave no token. Its description may hold ids of the tenant, so only the code is kept."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Microsoft refused the sign-in: {code}")
        self.code = code


class GraphRefusedError(GraphError):
    """Microsoft Graph refuses a request."""

    def __init__(self, status: int) -> None:
        super().__init__(f"Microsoft Graph refuses with status {status}")
        self.status = status


class GraphBusyError(GraphError):
    """Microsoft Graph is throttling or away, also after several tries.

    Attributes:
        status: None when there was no answer at all.
        retry_after_s: how long it wants us to wait, None when it does not say.
    """

    def __init__(self, status: int | None, retry_after_s: float | None = None) -> None:
        super().__init__(f"Microsoft Graph is busy or away (status {status})")
        self.status = status
        self.retry_after_s = retry_after_s


class GraphAnswerError(GraphError):
    """An answer is not what the documentation says; `str()` tells what is wrong, without contents."""


class UnknownPersonError(OrganisationError):
    """No active person has this id."""

    def __init__(self, employee_id: str) -> None:
        super().__init__(f"no active person has the id {employee_id}")
        self.employee_id = employee_id


class ConversationOwnerError(OrganisationError):
    """A conversation was opened by another than the one it belongs to."""

    def __init__(self, conversation_id: str) -> None:
        super().__init__(f"conversation {conversation_id} belongs to someone else")
        self.conversation_id = conversation_id
