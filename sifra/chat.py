"""The two faces of `sifra chat`: a conversation on a terminal, and lines in and out for scripts."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from rich.console import Console

from sifra.chat_client import Button, ChatClient, Message, RefusedError, Turn, TurnTimeoutError
from sifra.errors import ChatError

PROMPT = "> "


@dataclass
class Conversation:
    """Sends lines and remembers which buttons `#N` means."""

    client: ChatClient
    complete: bool = True
    _buttons: list[Button] = field(default_factory=list)

    def send(self, line: str) -> tuple[Turn, str | None]:
        """Send one line, or press a button when it is `#N`.

        Returns:
            The turn and, when something went wrong with this line alone, the reason.
        Raises:
            ChatError: the gateway is away.
        """
        try:
            turn = self._press(int(line[1:])) if _is_button(line) else self.client.say(line)
        except TurnTimeoutError as exc:
            self.complete = False
            return exc.turn, str(exc)
        except (RefusedError, _NoSuchButtonError) as exc:
            return Turn(), str(exc)
        self._buttons = turn.buttons or self._buttons
        return turn, None

    def _press(self, number: int) -> Turn:
        if not 1 <= number <= len(self._buttons):
            known = f"the last ones are #1 to #{len(self._buttons)}" if self._buttons else "none was offered"
            raise _NoSuchButtonError(f"There is no button #{number}: {known}.")
        return self.client.press(self._buttons[number - 1])


class _NoSuchButtonError(ChatError):
    pass


def run_lines(
    client: ChatClient,
    lines: Iterable[str],
    *,
    as_json: bool,
    write: Callable[[str], None],
    complain: Callable[[str], None],
) -> int:
    """Send each line and write what comes back.

    Args:
        lines: without their line ends; an empty one is sent like any other.
        as_json: one JSON object a turn instead of plain text.
        write: takes a line for standard output.
        complain: takes a line for standard error.
    Returns:
        The exit code: 1 when a turn had no complete answer in time.
    """
    conversation = Conversation(client)
    for line in lines:
        turn, error = conversation.send(line)
        if error:
            complain(error)
        if as_json:
            write(_turn_as_json(line, turn, error))
        else:
            for text in _turn_as_text(turn):
                write(text)
    return 0 if conversation.complete else 1


def run_prompt(client: ChatClient, console: Console) -> int:
    """Hold a conversation on a terminal until Ctrl-D; the exit code is that of `run_lines`."""
    console.print("Write a message, or #1 to press the first button. Ctrl-D ends.", style="dim")
    conversation = Conversation(client)
    for line in _typed_lines(console):
        with console.status("…"):
            turn, error = conversation.send(line)
        if error:
            console.print(error, style="red", markup=False)
        for text in _turn_as_text(turn):
            console.print(text, style="cyan", markup=False)
    return 0 if conversation.complete else 1


def _typed_lines(console: Console) -> Iterator[str]:
    while True:
        try:
            yield console.input(PROMPT)
        except (EOFError, KeyboardInterrupt):
            console.print()
            return


def _is_button(line: str) -> bool:
    return line.startswith("#") and line[1:].isascii() and line[1:].isdigit()


def _turn_as_text(turn: Turn) -> Iterator[str]:
    for reply in turn.replies:
        if reply.text:
            yield reply.text
        for number, button in enumerate(reply.buttons, 1):
            yield f"#{number} {button.title}"


def _turn_as_json(line: str, turn: Turn, error: str | None) -> str:
    answer: dict[str, object] = {"text": line, "replies": [_reply_as_json(reply) for reply in turn.replies]}
    if error:
        answer["error"] = error
    return json.dumps(answer, ensure_ascii=False)


def _reply_as_json(reply: Message) -> dict[str, object]:
    buttons = [{"title": button.title, "id": button.id} for button in reply.buttons]
    return {"text": reply.text, "buttons": buttons, "card": reply.card}
