"""Name a conversation without telling which it is."""

import hmac

HEX_CHARS = 32


def origin_of(conversation_id: str, key: bytes) -> str:
    """Hash the id of a conversation with a secret key: the same pair gives the same name, always.

    Who holds the database but not the key cannot tell which conversation a name belongs to.

    Args:
        conversation_id: ours, not the channel's.
        key: the secret; whoever changes it loses the way back to older conversations.
    Returns:
        The first 32 hexadecimal digits of HMAC-SHA256.
    Raises:
        ValueError: the key is empty, which would be a hash that anyone can make.
    """
    if not key:
        raise ValueError("the key is empty")
    return hmac.new(key, conversation_id.encode(), "sha256").hexdigest()[:HEX_CHARS]
