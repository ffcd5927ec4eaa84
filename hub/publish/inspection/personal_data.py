"""Personal data that has a shape: addresses and numbers that reach or name one person. Names of people have none and are not found.

What is reserved for fiction and documentation does not count: mail at example.org and its like, the telephone numbers of films, addresses of test networks.
"""

import re
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
# The address is looked for from its @, so that long words without one cost nothing. `git@` names a service.
_MAIL = re.compile(rf"(?<={_ATOM})(?<!\bgit)@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{{1,62}})")
_RESERVED_DOMAIN = re.compile(r"(?:^|\.)(?:example\.(?:com|net|org)|example|invalid|test|localhost)$", re.IGNORECASE)
"""RFC 2606 and RFC 6761."""

_TELEPHONE = re.compile(r"(?<![\w+.])\+[1-9](?:[ .()/\u00a0\u2011-]{0,3}\d){6,14}(?!\d)")
_FEWEST_DIGITS = 9
_NORTH_AMERICA = 11
_RESERVED_TELEPHONE = re.compile(
    r"1(?:\d{3})?55501\d\d"  # North American Numbering Plan: 555-0100 to 555-0199
    r"|44(?:1(?:1[345678]|[23456]1)4960|1914980|2079460|2896496|2920180|1632960|7700900|8081570|9098790|3069990)\d{3}"
)
"""Numbers for drama: NANPA's, and those of the British regulator Ofcom."""

_CARD = re.compile(r"(?<![\w.+-])(?:4|5[1-5]|2[2-7]|3[47]|6(?:011|4[4-9]|5))\d*(?:[ -]?\d){8,17}(?![\w-]|\.\d)")
_CARD_DIGITS = re.compile(r"4\d{12}(?:\d{3})?|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011\d\d|4[4-9]\d{3}|5\d{4})\d{10}")
"""Visa, Mastercard, American Express and Discover, by their prefixes and lengths."""

_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)")
_SSN = re.compile(r"(?<![\w.+-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-]|\.\d)")


def personal_data_in(text: str) -> str | None:
    """Returns what kind of personal data a text seems to hold, never the data itself; None if none.

    Found are: e-mail addresses; telephone numbers in international form (+, at least 9 digits, 11 in North America); payment cards (prefix, length and Luhn's
    check digit, ISO/IEC 7812); IBANs (ISO 13616, by their two check digits); public IPv4 addresses, but not those whose four numbers are all below 10, which
    are well-known resolvers or numbers of sections and versions; and US social security numbers.
    """
    return next((kind for kind, holds in _KINDS.items() if holds(text)), None)


def _has_mail(text: str) -> bool:
    return "@" in text and any(not _RESERVED_DOMAIN.search(match[1]) for match in _MAIL.finditer(text))


def _has_telephone(text: str) -> bool:
    return "+" in text and any(_is_telephone(match[0]) for match in _TELEPHONE.finditer(text))


def _is_telephone(found: str) -> bool:
    digits = re.sub(r"\D", "", found)
    if (found.startswith("+1") and len(digits) != _NORTH_AMERICA) or len(digits) < _FEWEST_DIGITS:
        return False
    decimal = re.fullmatch(r"\+\d+\.\d+", found)
    return not decimal and not _RESERVED_TELEPHONE.fullmatch(digits.replace("440", "44", 1) if digits.startswith("440") else digits)


def _has_card(text: str) -> bool:
    return any(_CARD_DIGITS.fullmatch(digits) and _luhn(digits) for match in _CARD.finditer(text) for digits in [re.sub(r"\D", "", match[0])])


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(int(digit) for digit in digits[-1::-2]) + sum(value - 9 if value > 9 else value for value in doubled)) % 10 == 0


def _has_iban(text: str) -> bool:
    return any(_is_iban(match[0]) for match in _IBAN.finditer(text))


def _is_iban(found: str) -> bool:
    """Whether the groups, or the first of them, are an account's number: a word in capitals may follow it."""
    groups = found.split(" ")
    return any(_mod_97("".join(groups[:count])) for count in range(1, len(groups) + 1))


def _mod_97(account: str) -> bool:
    return 15 <= len(account) <= 34 and int("".join(str(int(character, 36)) for character in account[4:] + account[:4])) % 97 == 1


def _has_ipv4(text: str) -> bool:
    return any(_is_public(match[0]) for match in _IPV4.finditer(text))


def _is_public(found: str) -> bool:
    try:
        return IPv4Address(found).is_global and not IPv4Address(found).is_multicast and any(int(part) >= 10 for part in found.split("."))
    except AddressValueError:
        return False


def _has_ssn(text: str) -> bool:
    return _SSN.search(text) is not None


_KINDS: dict[str, Callable[[str], bool]] = {
    "e-mail address": _has_mail,
    "telephone number": _has_telephone,
    "payment card number": _has_card,
    "IBAN": _has_iban,
    "IP address": _has_ipv4,
    "US social security number": _has_ssn,
}
