"""What counts as personal data or as a secret, wherever it stands in a text; and what does not."""

import string
from ipaddress import IPv4Address

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.curate.secret_patterns import secret_in
from hub.publish.inspection.personal_data import personal_data_in

PROSE = "the gate was open, and nobody had seen her: why? (He had not.) Tea! 12 cups; 3.5 hours – “so”"
WORDS = st.lists(st.sampled_from(PROSE.split()), max_size=8).map(" ".join)
ALPHANUMERIC = string.ascii_letters + string.digits
BASE64 = ALPHANUMERIC + "_-"


def _letters(alphabet: str, least: int, most: int | None = None) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=least, max_size=least if most is None else most)


TOKENS = {
    "Hugging Face token": st.builds("hf_{}".format, _letters(string.ascii_letters, 34)),
    "OpenAI or Anthropic key": st.builds("sk-{}{}A1".format, st.sampled_from(["", "proj-", "ant-api03-"]), _letters(ALPHANUMERIC, 40, 90)),
    "GitHub token": st.builds("gh{}_{}".format, st.sampled_from("pousr"), _letters(ALPHANUMERIC, 36)),
    "GitHub fine-grained token": st.builds("github_pat_{}_{}".format, _letters(ALPHANUMERIC, 22), _letters(ALPHANUMERIC, 59)),
    "GitLab token": st.builds("glpat-{}".format, _letters(ALPHANUMERIC, 20)),
    "AWS access key": st.builds("{}{}".format, st.sampled_from(["AKIA", "ASIA"]), _letters(string.ascii_uppercase + "234567", 16)),
    "Google API key": st.builds("AIza{}".format, _letters(BASE64, 35)),
    "Google OAuth secret": st.builds("GOCSPX-{}".format, _letters(BASE64, 28)),
    "Slack token": st.builds("xox{}-{}-{}".format, st.sampled_from("bp"), _letters(string.digits, 11), _letters(ALPHANUMERIC, 24)),
    "Stripe key": st.builds("sk_live_{}".format, _letters(ALPHANUMERIC, 24)),
    "JSON Web Token": st.builds("eyJ{}.eyJ{}.{}".format, _letters(BASE64, 17, 60), _letters(BASE64, 20, 90), _letters(BASE64, 43)),
    "private key": st.builds("-----BEGIN {}PRIVATE KEY-----".format, st.sampled_from(["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])),
    "Slack webhook": st.just("https://hooks.slack.com/services/T0AB12CD3/B0AB12CD3/abcdefghijklmnopqrstuvwx"),
}


def _with_luhn(digits: str) -> str:
    """The check digit by the other way round: try all ten."""

    def valid(number: str) -> bool:
        total = 0
        for place, digit in enumerate(reversed(number)):
            value = int(digit) * (2 if place % 2 else 1)
            total += value // 10 + value % 10
        return total % 10 == 0

    return next(digits + check for check in string.digits if valid(digits + check))


def _iban(country: str, account: str) -> str:
    number = int("".join(str(int(one, 36)) for one in account + country + "00"))
    return f"{country}{98 - number % 97:02d}{account}"


def _grouped(text: str, size: int = 4, by: str = " ") -> str:
    return by.join(text[place : place + size] for place in range(0, len(text), size))


CARDS = st.one_of(
    st.builds("4{}".format, _letters(string.digits, 14)),
    st.builds("5{}{}".format, st.sampled_from("12345"), _letters(string.digits, 13)),
    st.builds("37{}".format, _letters(string.digits, 12)),
    st.builds("6011{}".format, _letters(string.digits, 11)),
).map(_with_luhn)
IBANS = st.one_of(
    st.builds(_iban, st.just("DE"), _letters(string.digits, 18)),
    st.builds(_iban, st.just("GB"), st.builds("{}{}".format, _letters(string.ascii_uppercase, 4), _letters(string.digits, 14))),
    st.builds(_iban, st.just("NO"), _letters(string.digits, 11)),
    st.builds(_iban, st.just("MT"), st.builds("{}{}".format, _letters(string.ascii_uppercase, 4), _letters(string.digits + string.ascii_uppercase, 23))),
)


@pytest.mark.parametrize("kind", TOKENS)
def test_a_secret_is_found_in_any_text(kind: str) -> None:
    @given(before=WORDS, token=TOKENS[kind], after=WORDS, mark=st.sampled_from(["", "'", '"', "=", ":", "(", "\n"]))
    def holds(before: str, token: str, after: str, mark: str) -> None:
        assert secret_in(f"{before} {mark}{token}{' ' if after else ''}{after}") == kind

    holds()


@given(WORDS)
def test_prose_holds_no_secret_and_no_personal_data(text: str) -> None:
    assert secret_in(text) is None
    assert personal_data_in(text) is None


@given(st.text("0123456789abcdef", min_size=40, max_size=64), WORDS)
def test_hashes_are_neither(digest: str, text: str) -> None:
    assert secret_in(f"{text} {digest} sha256:{digest}") is None
    assert personal_data_in(f"{text} {digest} sha256:{digest}") is None


@given(st.uuids().map(str))
def test_identifiers_are_neither(identifier: str) -> None:
    assert secret_in(identifier) is None
    assert personal_data_in(identifier) is None


@pytest.mark.parametrize(
    "text",
    [
        "risk-averse-people-who-wait-at-the-gate",
        "the sk-learn-and-friends-of-long-names way",
        "an hf_short token, ghp_short, AKIA and xoxo-hugs",
        "-----BEGIN CERTIFICATE-----",
        "eyJust.eyJoking.really",
    ],
)
def test_what_only_looks_like_a_secret_is_none(text: str) -> None:
    assert secret_in(text) is None


@given(before=WORDS, mail=st.emails(), after=WORDS)
def test_a_mail_address_is_found_in_any_text(before: str, mail: str, after: str) -> None:
    assume(not mail.lower().endswith((".example", ".invalid", ".test", ".localhost")) and not mail.startswith("git@"))
    assert personal_data_in(f"{before} <{mail}>, {after}") == "e-mail address"


@pytest.mark.parametrize(
    "mail",
    ["ann@example.org", "ann@mail.example.com", "a.b@EXAMPLE.net", "x@y.invalid", "x@y.test", "root@localhost", "git@github.com:org/name", "emo8@v0.1.0"],
)
def test_mail_for_documentation_is_nobodys(mail: str) -> None:
    assert personal_data_in(f"write to {mail} now") is None


@given(before=WORDS, number=CARDS, by=st.sampled_from(["", " ", "-"]), end=st.sampled_from(["", ".", ", he said", ")"]))
def test_a_payment_card_is_found_however_it_is_grouped(before: str, number: str, by: str, end: str) -> None:
    assert personal_data_in(f"{before} {_grouped(number, 4, by)}{end}") == "payment card number"


@given(number=CARDS, wrong=st.integers(1, 9))
def test_a_card_with_a_wrong_check_digit_is_none(number: str, wrong: int) -> None:
    assert personal_data_in(f"no {number[:-1]}{(int(number[-1]) + wrong) % 10} here") is None


@given(before=WORDS, iban=IBANS, grouped=st.booleans(), after=st.sampled_from(["", ".", " please", " PLEASE", " THIS WEEK", ", or"]))
def test_an_iban_is_found_grouped_or_not(before: str, iban: str, grouped: bool, after: str) -> None:
    assert personal_data_in(f"{before} {_grouped(iban) if grouped else iban}{after}") == "IBAN"


@given(iban=IBANS, wrong=st.integers(1, 9))
def test_an_iban_with_wrong_check_digits_is_none(iban: str, wrong: int) -> None:
    assert personal_data_in(f"pay {iban[:3]}{(int(iban[3]) + wrong) % 10}{iban[4:]} now") is None


@given(before=WORDS, area=st.sampled_from([1, 665, 667, 899]), group=st.integers(1, 99), serial=st.integers(1, 9999))
def test_a_social_security_number_is_found(before: str, area: int, group: int, serial: int) -> None:
    assert personal_data_in(f"{before} {area:03d}-{group:02d}-{serial:04d}.") == "US social security number"


@pytest.mark.parametrize("text", ["000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000", "1123-45-6789", "123-45-67890", "2024-12-3456"])
def test_numbers_never_issued_are_no_social_security_numbers(text: str) -> None:
    assert personal_data_in(f"the {text} of it") is None


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_an_ip_address_is_found_when_it_is_public(address: IPv4Address) -> None:
    assume(any(part >= 10 for part in address.packed))
    public = address.is_global and not address.is_multicast
    assert (personal_data_in(f"from {address}, at night") == "IP address") == public


@pytest.mark.parametrize(
    "text", ["127.0.0.1", "192.168.1.20", "192.0.2.44", "203.0.113.9", "section 1.2.3.4", "8.8.8.8", "v10.20.30.40", "1.20.300.4000", "20.11.10.9.8"]
)
def test_other_numbers_with_dots_are_no_ip_address(text: str) -> None:
    assert personal_data_in(f"see {text} please") is None


@pytest.mark.parametrize(
    "number",
    [
        "+49 30 123456-78",
        "+1 (212) 736-5000",
        "+1-212-736-5000",
        "+44 20 7123 4567",
        "+44 (0)20 7123 4567",
        "+33.1.42.68.53.00",
        "+819012345678",
        "+354 123 4567",
    ],
)
def test_an_international_telephone_number_is_found(number: str) -> None:
    assert personal_data_in(f"call {number} now") == "telephone number"
    assert personal_data_in(f"({number})") == "telephone number"


@pytest.mark.parametrize(
    "number",
    [
        "+1 212 555 0123",
        "+1-800-555-0199",
        "+44 20 7946 0321",
        "+44 (0)20 7946 0321",
        "+44 7700 900123",
        "+44 1632 960001",
        "+1 000 000",
        "+3.14159265358",
        "+20 %",
        "5 + 1234567890",
        "+48.12345678901",
        "555-0123",
        "C++11 1234567",
    ],
)
def test_numbers_of_films_and_sums_are_nobodys(number: str) -> None:
    assert personal_data_in(f"call {number} now") is None


def test_long_texts_without_data_take_no_time() -> None:
    text = "a" * 200_000 + "1 " * 100_000 + "+1-" * 50_000 + "AB12 " * 50_000 + "x@" * 50_000 + "eyJ" * 50_000
    assert personal_data_in(text) is None
    assert secret_in(text) is None
