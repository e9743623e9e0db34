"""What can go wrong with units, people and conversations.

OrganisationError
├── ImportFileError          problems: every row that is wrong; nothing was imported
├── UnknownPersonError       employee_id: nobody active has it
└── ConversationOwnerError   conversation_id: it belongs to someone else
"""

from dataclasses import dataclass


class OrganisationError(Exception):
    """Base of the errors of this room."""


@dataclass(frozen=True)
class RowProblem:
    """One fault in an import file. `row` is the line in the file; the heading is row 1."""

    file: str
    row: int
    problem: str

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}: {self.problem}"


class ImportFileError(OrganisationError):
    """The import files have faults, in the order of the files and their rows."""

    def __init__(self, problems: tuple[RowProblem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


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
