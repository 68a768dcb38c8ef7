"""English verbs: which words are verbs, and their base form and participle.

No tagger with a model works offline here: those of spaCy, NLTK and stanza are downloads, and the
NLTK data that llama-index carries holds sentence ends and stop words only. A question needs little
of a tagger, though: the finite verb after a subject ("Marta **paid**"), its base form ("did Marta
**pay**") and its participle ("was **paid** by"). Irregular verbs are a closed list; regular ones
are recognised by their ending and led back to a base by rule, with a list of common verbs to settle
the doubtful spellings ("hoped" is of "hope", "hopped" of "hop").
"""

from __future__ import annotations

from functools import lru_cache

__all__ = [
    "BE",
    "HAVE",
    "MODALS",
    "base_of_past",
    "base_of_present",
    "is_base",
    "is_gerund",
    "is_past",
    "is_present",
    "participle",
    "past",
]

BE = frozenset(["was", "were", "is", "are"])
HAVE = frozenset(["had", "has", "have"])
MODALS = frozenset(["could", "would", "should", "must", "might", "may", "can", "will", "shall"])

_IRREGULAR = """
arise arose arisen|awake awoke awoken|bear bore borne|beat beat beaten|become became become
begin began begun|bend bent bent|bet bet bet|bid bade bidden|bind bound bound|bite bit bitten
bleed bled bled|blow blew blown|break broke broken|breed bred bred|bring brought brought
build built built|burn burnt burnt|burst burst burst|buy bought bought|cast cast cast
catch caught caught|choose chose chosen|cling clung clung|come came come|cost cost cost
creep crept crept|cut cut cut|deal dealt dealt|dig dug dug|do did done|draw drew drawn
dream dreamt dreamt|drink drank drunk|drive drove driven|dwell dwelt dwelt|eat ate eaten
fall fell fallen|feed fed fed|feel felt felt|fight fought fought|find found found|flee fled fled
fling flung flung|fly flew flown|forbid forbade forbidden|foresee foresaw foreseen
forget forgot forgotten|forgive forgave forgiven|freeze froze frozen|get got got|give gave given
go went gone|grind ground ground|grow grew grown|hang hung hung|have had had|hear heard heard
hide hid hidden|hit hit hit|hold held held|hurt hurt hurt|keep kept kept|kneel knelt knelt
know knew known|lay laid laid|lead led led|lean leant leant|leap leapt leapt|learn learnt learnt
leave left left|lend lent lent|let let let|lie lay lain|light lit lit|lose lost lost|make made made
mean meant meant|meet met met|mistake mistook mistaken|overcome overcame overcome
overhear overheard overheard|owe owed owed|pay paid paid|put put put|quit quit quit|read read read
ride rode ridden|ring rang rung|rise rose risen|run ran run|say said said|see saw seen
seek sought sought|sell sold sold|send sent sent|set set set|sew sewed sewn|shake shook shaken
shed shed shed|shine shone shone|shoot shot shot|show showed shown|shrink shrank shrunk
shut shut shut|sing sang sung|sink sank sunk|sit sat sat|sleep slept slept|slide slid slid
sling slung slung|slip slipped slipped|smell smelt smelt|sow sowed sown|speak spoke spoken
speed sped sped|spell spelt spelt|spend spent spent|spill spilt spilt|spin spun spun|spit spat spat
split split split|spoil spoilt spoilt|spread spread spread|spring sprang sprung|stand stood stood
steal stole stolen|stick stuck stuck|sting stung stung|strike struck struck|string strung strung
strive strove striven|swear swore sworn|sweep swept swept|swell swelled swollen|swim swam swum
swing swung swung|take took taken|teach taught taught|tear tore torn|tell told told
think thought thought|throw threw thrown|thrust thrust thrust|tread trod trodden
undergo underwent undergone|understand understood understood|undertake undertook undertaken
undo undid undone|uphold upheld upheld|wake woke woken|wear wore worn|weave wove woven
weep wept wept|win won won|wind wound wound|withdraw withdrew withdrawn
withhold withheld withheld|withstand withstood withstood|wring wrung wrung|write wrote written
"""

_REGULAR = """
abandon accept accompany accuse achieve acknowledge acquire act add address adjust admire admit adopt
advance advertise advise affect afford agree aid aim allow alter amount amuse announce annoy answer
apologise appeal appear apply appoint approach approve argue arrange arrest arrive ask assemble
assert assign assist assume assure attach attack attempt attend attract avoid award bake balance bar
bargain bark bathe batter beg behave believe belong bequeath besiege betray bind blame bless blink
block board boast boil bolt book borrow bother bow brace brush bump bundle burn bury button calculate
call calm camp cancel care carry carve cause cease celebrate challenge change charge charter chase
chat cheat check cheer chew chop claim clasp clean clear clench climb close coil collapse collect
comb comfort command commit compare compel complain complete compose conceal concern conclude
condemn conduct confess confide confine confirm confront confuse connect conquer consent consider
consist construct consult contain continue contrive control convey convince cook cool copy correct
cough count cover crack crash crawl create creak cross crouch crowd crown cry cure curse damage dance
dare dash date decay deceive decide declare decline decorate deem defeat defend delay deliver demand
deny depart depend deposit descend describe desert deserve desire destroy detect determine develop
die dine dip direct disappear discharge discover discuss dislike dismiss display distinguish
distribute disturb dive divide dock double doubt drag drain dread dress drift drill drip drop drown
dry dust earn ease echo elect employ empty enable enclose encourage end endure engage engrave enjoy
enlist enter entertain entitle erect escape escort establish estimate examine exceed exchange exclaim
excuse execute exercise exhaust exist expect explain explore express extend face fail faint fasten
favour fear fetch file fill finish fire fish fit fix flash flatten float flood flow fold follow force
forge form found frame frighten fulfil furnish gain gallop gasp gather gaze glance glide govern grab
grant grasp grease greet grieve grin groan grumble guard guess guide hail halt hammer hand handle
happen harbour harm harness hasten hate haul haunt heal heap heat help hesitate hint hire hoist honour
hook hope hop house howl hug hunt hurry identify ignore imagine include increase indicate inform
inherit injure inquire insist inspect install instruct insult insure intend interest interrupt
introduce invent invest invite iron issue jail join joke judge jump justify kick kill kindle kiss knit
knock knot label labour lack land last laugh launch lead learn level lift limp line linger list listen
live load lock lodge long look loosen love lower maintain manage march mark marry master match matter
measure melt mend mention mind miss moan moor mount mourn move mumble murder murmur mutter nail name
need neglect nod note notice number obey object oblige observe obtain occupy occur offer open operate
oppose order organise overlook owe own pace pack paint pardon park part pass patch pause pawn peel
perceive perform perish permit persuade pick pile pinch place plan plant play plead please pledge
plough pluck plunge point poison polish post pour practise praise pray preach prefer prepare present
preserve press pretend prevent print proceed proclaim produce promise pronounce propose protect
protest prove provide publish pull pump punish purchase push puzzle quarrel question quote race rain
raise reach realise reappear rebuild recall receive reckon recognise recommend record recover reduce
refer reflect refuse register regret rejoice relate release relieve rely remain remark remember remind
remove render renew rent repair repay repeat replace reply report represent request require rescue
resemble resent reserve resign resist resolve rest restore retain retire return reveal reward rob roll
roar roof row rub ruin rule rush sail salt salute satisfy save scatter scrape scratch scream scrub
seal search seat secure seem seize separate serve settle sew shelter shift ship shiver shout shovel
sigh sign signal slam slap slip smash smile smoke smuggle snap snatch sniff sob soften sort sound spare
spill splash stain stamp stare start starve state stay steer step stir stitch stop store strain
stretch stroke stroll struggle study stuff stumble submit succeed suck suffer suggest suit summon
supply support suppose surprise surrender surround survey survive suspect swallow sway tap taste tempt
tend test thank threaten tie tip touch tow trace track trade train transfer translate trap travel
treat tremble trick trim trip trouble trust try tuck tumble turn twist type undertake unfold unite
unload unlock untie urge use value vanish visit volunteer vote vow wade wait walk wander want warm warn
wash waste watch water wave weaken weigh welcome whip whisper whistle whitewash widow wipe wish witness
wonder work worry wound wrap wreck yell yield ration inscribe ferry dredge audit chart insert swap
draft overturn repent banish exile translate ink stow stock pilot repaint reopen reclaim rename log
submit notify approve reimburse schedule update upload download email contact review ensure cover
host manage attend process select complete escalate document archive encrypt reset delete access
"""

_FORMS = [entry.split() for entry in _IRREGULAR.replace("\n", "|").split("|") if entry.strip()]
_PAST_TO_BASE = {past: base for base, past, _ in reversed(_FORMS)}
_PARTICIPLE_TO_BASE = {participle: base for base, _, participle in reversed(_FORMS)}
_BASE_TO_PAST = {base: past for base, past, _ in _FORMS}
_BASE_TO_PARTICIPLE = {base: participle for base, _, participle in _FORMS}
_BASES = frozenset(_REGULAR.split()) | frozenset(_BASE_TO_PAST)

#: Words in -ed that are hardly ever a finite verb, and pasts that are mostly something else.
_NEVER_PAST = frozenset(
    ["hundred", "indeed", "need", "seed", "speed", "weed", "deed", "reed", "breed", "feed", "red", "bed", "shed", "sacred", "naked", "wicked", "rugged", "ragged", "aged", "beloved", "crooked", "wretched", "learned", "hatred", "kindred", "united", "tired", "ashamed", "supposed", "so-called", "left-handed", "embed", "exceed", "proceed", "succeed"]
)
_VOWELS = "aeiou"


@lru_cache(maxsize=20_000)
def base_of_past(word: str) -> str | None:
    """The base form of a past tense or participle in lower case, or None if it is neither."""
    if word in _PAST_TO_BASE:
        return _PAST_TO_BASE[word]
    if word in _PARTICIPLE_TO_BASE:
        return _PARTICIPLE_TO_BASE[word]
    if not word.endswith("ed") or len(word) < 4 or word in _NEVER_PAST:
        return None
    if "-" in word:
        head, _, tail = word.rpartition("-")
        base = base_of_past(tail)
        return None if base is None or head not in {"re", "over", "under"} else f"{head}-{base}"
    return _regular_base(word, word[:-2], word[:-1])


def _regular_base(word: str, bare: str, with_e: str) -> str | None:
    """Choose among ``walk``, ``hope`` and ``hop`` for walked, hoped and hopped."""
    if word.endswith("ied") and len(word) > 4:
        return word[:-3] + "y" if word[:-3] + "y" != "dy" else "die"
    if bare in _BASES and with_e in _BASES:
        return with_e
    if bare in _BASES:
        return bare
    if with_e in _BASES:
        return with_e
    if len(bare) > 3 and bare[-1] == bare[-2] and bare[-1] not in "lszf" + _VOWELS:
        return bare[:-1]
    if bare[:-1] in _BASES and bare[-1] == bare[-2]:
        return bare[:-1]
    if bare.endswith(("at", "iz", "iv", "uc", "ag", "os", "us", "ut", "ut", "ang", "erg", "v", "c")):
        return with_e
    if bare.endswith(("bl", "pl", "tl", "dl", "gl", "fl", "kl", "zl", "u", "dg", "rs", "ns", "rg")):
        return with_e
    if (
        len(bare) > 2
        and bare[-1] not in _VOWELS + "wxy"
        and bare[-2] in _VOWELS
        and bare[-3] not in _VOWELS
        and not bare.endswith(("er", "en", "on", "or", "it", "et", "el", "al", "om", "in", "ow"))
    ):
        return with_e
    return bare if any(c in _VOWELS + "y" for c in bare) else None


def is_past(word: str) -> bool:
    """Whether the lower-case word can be a finite past ("paid", "walked", not "given")."""
    if word in _PAST_TO_BASE:
        return True
    if word in _PARTICIPLE_TO_BASE:
        return False
    return base_of_past(word) is not None


def is_base(word: str) -> bool:
    """Whether the lower-case word is a known verb in its base form."""
    return word in _BASES or word == "be"


def base_of_present(word: str) -> str | None:
    """The base form of a third person singular ("pays" -> "pay"), or None."""
    if word in {"has", "does", "goes"}:
        return {"has": "have", "does": "do", "goes": "go"}[word]
    if word.endswith("ies") and word[:-3] + "y" in _BASES:
        return word[:-3] + "y"
    if word.endswith("es") and word[:-2] in _BASES and word[:-2].endswith(("s", "x", "z", "h", "o")):
        return word[:-2]
    if word.endswith("s") and word[:-1] in _BASES:
        return word[:-1]
    return None


def is_present(word: str) -> bool:
    """Whether the lower-case word is a known verb's third person singular."""
    return base_of_present(word) is not None


def is_gerund(word: str) -> bool:
    """Whether the lower-case word looks like a present participle."""
    return word.endswith("ing") and len(word) > 5 and word not in {
        "evening", "morning", "nothing", "something", "anything", "everything", "during",
        "ceiling", "wedding", "building", "clothing", "lightning", "herring", "pudding", "shilling",
        "sterling", "darling", "duckling", "landing", "painting", "drawing", "writing", "meeting",
    }


def past(base: str) -> str:
    """The past tense of a base form."""
    if base in _BASE_TO_PAST:
        return _BASE_TO_PAST[base]
    return _with_ed(base)


def participle(base: str) -> str:
    """The past participle of a base form."""
    if base in _BASE_TO_PARTICIPLE:
        return _BASE_TO_PARTICIPLE[base]
    return _with_ed(base)


def _with_ed(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and len(base) > 1 and base[-2] not in _VOWELS:
        return base[:-1] + "ied"
    short = len(base) > 2 and base[-1] not in _VOWELS + "wxy" and base[-2] in _VOWELS
    if short and base[-3] not in _VOWELS and sum(c in _VOWELS for c in base) == 1:
        return base + base[-1] + "ed"
    return base + "ed"
