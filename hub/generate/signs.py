"""Wordings that no character of a story uses: a model that declines, and texts meant for a model or a program. Matched without regard to case."""

import re
from collections.abc import Mapping

_ORDERS = r"(?:instructions?|prompts?|guidelines?|directives?|commands?)"
_APOLOGY = (
    r"(?:(?:i'm|i am|we're|we are) (?:very |so |really |truly )?sorry,? (?:but )?|sorry,? (?:but )?|unfortunately,? |regrettably,? "
    r"|i (?:must )?apologi[sz]e,? (?:but )?)?"
)
_NOT_DOING = (
    r"(?:can ?not|can't|won't|will not|(?:am|'m|are|'re) (?:unable|not able|not allowed|not permitted) to|do not feel able to"
    r"|(?:must|have to) (?:respectfully |politely )?(?:decline|refuse) to|(?:am|'m) not (?:comfortable|able to be) ?(?:with )?)"
)
_WORK = (
    r"(?:assist(?:ing)?|help (?:you )?with|fulfil+|comply|generat(?:e|ing)|provid(?:e|ing)|creat(?:e|ing)|writ(?:e|ing)|produc(?:e|ing)|complet(?:e|ing)"
    r"|answer(?:ing)?|engag(?:e|ing)|process)(?: in| with)?"
)
_DECLINING = (
    r"\bas an? (?:(?:helpful|responsible) )?(?:ai|artificial intelligence|(?:large )?language model)\b",
    r"\bi(?:'m| am) (?:just |only )?an? (?:ai|(?:large )?language model)\b",
    rf"^\W*{_APOLOGY}(?:i|we) ?{_NOT_DOING} ?{_WORK} (?:that|this|the|your|any|such|content|an?|to|with)\b",
    rf"^\W*{_APOLOGY}(?:this|that|the|your) (?:request|content|prompt|text|story) (?:violates|goes against|is against|may violate|conflicts with)\b",
    r"^\W*i (?:must|have to) (?:respectfully |politely )?(?:decline|refuse) (?:this|that|your|the) (?:request|task|prompt)\b",
    r"\b(?:violates?|against) (?:my|our|the) (?:content |usage |safety )+(?:polic(?:y|ies)|guidelines?)\b",
)

_ADDRESSED: Mapping[str, tuple[str, ...]] = {
    "instructions to a model": (
        r"\b(?:ignor|disregard|forget|overrid|overrul|bypass|neglect)\w* (?:\w+ ){0,3}(?:previous|above|prior|earlier|preceding|initial|original|system)"
        rf" (?:\w+ ){{0,2}}(?:{_ORDERS}|rules|context|messages?|tasks?)\b",
        r"\b(?:ignore|disregard|override|bypass) (?:all |any |every |these |those |the |your )+(?:instructions|prompts?|guidelines|directives)\b",
        r"\b(?:ignore|disregard|forget) (?:everything|all|anything)(?: that)?(?: was| is| stands)? (?:written )?"
        r"(?:above|before this line|you (?:were|have been) told)\b",
        r"\bignore(?:all)?(?:the)?(?:previous|above|prior)(?:instructions?)?",
        r"\b(?:do not|don't|stop) (?:follow|obey)(?:ing)? (?:the |your |any |these |those )*(?:previous|above|prior|earlier|system|original) ",
        rf"\b(?:new|updated|real|actual|additional|revised|corrected|secret|hidden) (?:task|{_ORDERS}) ?:",
        r"\b(?:system|developer) (?:prompt|message|override|instructions?|note)\b",
        r"\b(?:instructions?|note|message) (?:to|for) (?:the |any )?(?:editor|next model|model|annotator|ai|assistant|language model)\b",
        r"\b(?:begin|end) of (?:the )?(?:plot|prompt|narrative|input|instructions?|system)\b",
        r"\byou are now (?:a|an|in)\b.{0,60}\b(?:mode|assistant|model|ai|bot|chatbot)\b",
        r"\b(?:developer|debug|dan|maintenance|jailbreak|unrestricted|admin) mode\b",
        r"\b(?:pretend (?:to be|you are|you're)|act as|role-?play as|you are|behave like) "
        r"(?:an? |the )?(?:\w+ ){0,2}(?:ai|assistant|language model|chatbot|llm|linux terminal)\b",
        r"\bfrom now on,? (?:you (?:will |must |are to |should )?)?(?:only |always )?(?:answer|respond|reply|output|label|classify|write only)\b(?! to\b)",
        r"\b(?:answer|respond|reply|output|print|return) (?:only |just |always |everything )?(?:with|in|as) (?:only |just |valid |plain |pure )*"
        r"(?:the (?:word|label|string|single)|json|yaml|xml|html|csv|markdown|base64|rot-?13|french|german|spanish|chinese|russian)\b",
        r"\b(?:label|classify|tag|annotate|score|rate|judge|mark) (?:this|every|all|each|the|following|any)(?: \w+){0,2}?"
        r" (?:utterance|text|sentence|narrative|story|plot|comment|row|example|item|answer)s? (?:\w+ ){0,2}(?:as|with|to)\b",
        r"\bexpressiveness\b",
        r"\b(?:decode|decrypt|translate) (?:this|the following)\b.{0,40}\b(?:follow|execute|obey|instructions?)\b",
    ),
    "instructions to a model in another language": (
        r"\b(?:ignorier\w*|ignorez|ignora\w{0,2}|ignoruj\w*|vergiss|vergesst|missachte\w*|olvid\w*|oubli\w*|desconsider\w*|dimentic\w*|negeer\w*|zignoruj|игнорир\w*|забудь\w*|проигнорир\w*)\b.{0,50}"
        r"\b(?:anweisung\w*|instrucci\w*|instruction\w*|instruc\w*|istruzion\w*|instructies|instrukcj\w*|regeln|reglas|consignes|инструкци\w*|указани\w*)",
        r"(?:忽略|无视|無視|忘记).{0,20}(?:指令|指示|说明|提示)|تجاهل.{0,30}(?:التعليمات|الأوامر)",
    ),
    "chat markers": (
        r"<\|?/?(?:im_start|im_end|system|inst|s|start_of_turn|end_of_turn|eot_id|endoftext)\|?>|<[|｜]|[|｜]>|<</?sys>>",
        r"\[/?(?:inst|system_prompt|available_tools|tool_calls|tool_results)\]",
        r"#{2,}\s*(?:instruction|system|response|human|assistant|user|input|output)",
        r"(?:^|[\s\"'.!?])(?:assistant|system|user|human|ai|gpt4 correct user) ?:\s",
    ),
    "links": (
        r"\b(?:https?|ftp|hxxps?|file):/|\bwww\.\w|\bjavascript:|\bdata:\w+/|!\[[^\]]{0,200}\]\(",
        r"\w\.(?:com|net|org|io|info|xyz|test|example)/|\w@[\w-]{1,64}\.\w{2,}",
    ),
    "secrets": (
        r"\b(?:api|access|secret)[ _-]?(?:keys?|tokens?)\b|\benvironment variables?\b|/etc/(?:passwd|shadow)|\bid_rsa\b|(?<!\w)\.env\b",
        r"\b[a-z]{2,20}_(?:token|key|secret)\b|\b(?:hf_|sk-|ghp_|akia)[a-z0-9]{8,}",
    ),
    "markup": (
        r"```|</[a-z][\w-]{0,30}>|<(?:img|a|iframe|svg|script|style|html|body|div|span|object|embed|link|meta|plot|utterance|context|labels|system)[\s/>]|&(?:lt|gt|quot);",
    ),
    "template syntax": (r"\{\{|\{%|\$\{|<%|#\{\w|\{#",),
    "data syntax": (r"[\"']\w{1,30}[\"']\s{0,3}:\s{0,3}(?:[\"'\[{\d]|true|false|null)|[{\[]\s{0,3}[\"']\w{1,30}[\"']\s{0,3}:|<\?xml",),
    "code": (
        r"\bdrop table\b|\bunion (?:all )?select\b|;\s{0,3}--|'\s{0,3}or\s{0,3}'?1'?\s{0,3}=\s{0,3}'?1|\brm -rf\b|\b(?:curl|wget) (?:-\w|http)|\$\(\w",
        r"\bos\.(?:system|environ)\b|\bsubprocess\.|__(?:class|import|init|globals|builtins|mro|subclasses|dict|base)\w{0,3}__",
        r"\b(?:eval|exec|import_module|alert|system)\(|\bimport os\b",
    ),
}

DECLINING = re.compile("|".join(_DECLINING), re.IGNORECASE)
ADDRESSED: Mapping[str, re.Pattern[str]] = {name: re.compile("|".join(patterns), re.IGNORECASE) for name, patterns in _ADDRESSED.items()}
"""By what they are a sign of."""
ENCODED = re.compile(
    r"\b(?=[A-Za-z0-9+/_-]{20})(?=\S{0,200}\d)(?=\S{0,200}[a-z])(?=\S{0,200}[A-Z])|\b[A-Za-z0-9+/]{10,}={1,2}(?!\w)"
    r"|\b(?:[0-9a-f]{2} ?){16,}\b|(?:%[0-9A-Fa-f]{2}){4}|(?:\\x[0-9A-Fa-f]{2}){3}|(?:\\u[0-9A-Fa-f]{4}){2}"
    r"|(?:&#x?[0-9A-Fa-f]{1,6};){2}|\b(?:[01]{8} ?){3}|(?:[.\-·]{1,6}[ /]{1,3}){8}"
    r"|\b(?:[Bb]ase64|[Rr][Oo][Tt]-?13)\b"
)
"""Base64, hexadecimal, binary, Morse and escapes of several kinds."""
