"""A turn happens wholly or not at all.

Rasa answers an action server that is away with an empty reply and a half-updated conversation: an
unvalidated slot, a form without its question, a submit rule that fires on an empty form. `TurnFailed`
is no `Exception`, so none of Rasa's catch-alls swallows it: the turn ends before the tracker is saved,
the channel answers 503, and the gateway sends the same message again later.
"""

from __future__ import annotations

from typing import Any

from rasa.core.actions.action import ActionExecutionRejection
from rasa.utils.endpoints import ClientResponseError, EndpointConfig


class TurnFailed(BaseException):
    """The turn cannot be completed now; nothing of it is kept.

    Attributes:
        reason: the kind of failure, without any text of the conversation.
        outage: a process is away, so the same message will do later; else this message itself fails.
    """

    def __init__(self, reason: str, *, outage: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.outage = outage


class TransactionalActionEndpoint(EndpointConfig):
    """An action endpoint whose failures abort the turn instead of being swallowed."""

    @classmethod
    def around(cls, endpoint: EndpointConfig) -> TransactionalActionEndpoint:
        """Return the same endpoint with this behaviour."""
        return cls(
            url=endpoint.url,
            params=endpoint.params,
            headers=endpoint.headers,
            basic_auth=endpoint.basic_auth,
            token=endpoint.token,
            token_name=endpoint.token_name,
            cafile=endpoint.cafile,
            **endpoint.kwargs,
        )

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Call the action server.

        Raises:
            ClientResponseError: status 400, an action that declines on purpose.
            TurnFailed: anything else that is not an answer.
        """
        try:
            answer = await super().request(*args, **kwargs)
        except ClientResponseError as error:
            if error.status == 400:
                raise
            raise TurnFailed(f"action server answered {error.status}", outage=False) from None
        except ActionExecutionRejection:
            raise
        except ValueError as error:
            raise TurnFailed(f"action server: {type(error).__name__}", outage=False) from None
        except Exception as error:  # noqa: BLE001  aiohttp's tree, time-outs: no answer
            raise TurnFailed(f"action server: {type(error).__name__}", outage=True) from None
        if not isinstance(answer, dict):
            raise TurnFailed("action server answered without JSON", outage=False)
        return answer
