"""Asks a language model behind an OpenAI-compatible endpoint, with the standard library alone."""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from failgym.errors import ConfigurationError

PAUSE_S = 1.0
"""Before an endpoint that failed is asked again, s."""
_TRY_AGAIN = (408, 409, 425, 429)


class NoAnswerError(Exception):
    """The endpoint did not answer, or not as agreed; asking again may help."""


class Message(NamedTuple):
    """One message of a conversation."""

    role: str
    """`system`, `user` or `assistant`."""
    content: str


@dataclass(frozen=True)
class Endpoint:
    """Where a model is asked."""

    base_url: str
    """Such as `http://localhost:8000/v1`; `/chat/completions` is appended."""
    model: str
    api_key_variable: str
    """Environment variable that holds the key; none is sent where it is not set."""
    timeout_s: float

    def complete(self, messages: Sequence[Message]) -> str:
        """Return the text of the model's answer.

        Raises:
            NoAnswerError: the endpoint is not reached, is overloaded or broken, or answers something else.
            ConfigurationError: it refuses the request: address, key or model are wrong.
        """
        # Importing it takes as long as the whole package does, and hardly anybody asks a model.
        from http.client import HTTPException
        from urllib.error import HTTPError
        from urllib.request import urlopen

        try:
            with urlopen(self._request(messages), timeout=self.timeout_s) as response:
                return _content(response.read())
        except HTTPError as error:
            with error:
                text = error.read(500).decode(errors="replace")
            raise self._refusal(error.code, text) from error
        except (OSError, HTTPException) as error:
            reason = f"no answer within {self.timeout_s:g} s" if "timed out" in str(error) else str(error)
            raise NoAnswerError(f"{self.base_url}: {reason}") from error

    def _request(self, messages: Sequence[Message]) -> Any:
        from urllib.request import Request

        body = {"model": self.model, "messages": [message._asdict() for message in messages]}
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(self.api_key_variable):
            headers["Authorization"] = f"Bearer {key}"
        url = self.base_url.rstrip("/") + "/chat/completions"
        return Request(url, json.dumps(body).encode(), headers)

    def _refusal(self, status: int, text: str) -> Exception:
        told = f"{self.base_url} answered {status}: {' '.join(text.split())}"
        if status >= 500 or status in _TRY_AGAIN:
            return NoAnswerError(told)
        possible = (
            f"an endpoint that knows the model {self.model!r} and takes the key in {self.api_key_variable}; {told}"
        )
        return ConfigurationError("base_url", self.base_url, possible)


def pause() -> None:
    """Give an endpoint that failed a moment."""
    time.sleep(PAUSE_S)


def _content(raw: bytes) -> str:
    try:
        content = json.loads(raw)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError) as error:
        raise NoAnswerError(f"this is no chat completion: {raw[:200].decode(errors='replace')!r}") from error
    if not isinstance(content, str):
        raise NoAnswerError("the answer has no text")
    return content
