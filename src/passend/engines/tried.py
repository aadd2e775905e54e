"""The functions that gave the same rows on both engines, and what to write in place of others.

Each tried function has a case in ``tests/engines/test_dialect.py``: to allow one more, add its case and name.
"""

_NAMES = """
Abs And Avg Case Cast Ceil Coalesce Concat ConcatWs Contains Corr Count CumeDist DateDiff Day
DayOfWeekIso DenseRank EndsWith Exists Exp Extract FirstValue Floor Greatest Hour If Lag LastValue Lead
Least Left Length Ln LogicalAnd LogicalOr Lower Max MD5 Min Minute Month Ntile Nullif Or Pad
PercentileCont PercentRank Pow Quarter Rank RegexpExtract RegexpLike RegexpReplace Repeat Replace Right
Round RowNumber SHA2 SplitPart Sqrt StartsWith Stddev StddevPop StddevSamp StrPosition Substring Sum
TimestampTrunc TimeToStr TimeToUnix Translate Trim Variance VariancePop Year
"""

#: Tried functions, by the name of their class in sqlglot.
TRIED = frozenset(_NAMES.split())

ORDERED_LIST = (
    "Lists and first or last values have an order that the engines do not share; "
    "use min(), max() or row_number()."
)
COMPUTED_INTERVAL = "An interval of a computed length differs; use date_diff() or a time as parameter."
_NO_CLOCK = "Two runs would see two times; pass the time as a parameter."
_NO_BITS = "Bit arithmetic was not tried on both engines."
_NO_LISTS = "Lists, structs and maps are not the same on both engines; use rows."
DATE_PARTS = (
    "Its numbers or its limits differ; use isodow(), year(), quarter(), month(), day(), hour() or minute()."
)

#: What people reach for, and what to write instead; by class in sqlglot or name in lower case.
INSTEAD: dict[str, str] = {
    "hash": "hash() gives other numbers on each engine; use md5().",
    "Median": "median() of whole numbers differs in type; use quantile_cont(cast(x as double), 0.5).",
    "Mode": "mode() breaks ties differently; use row_number() with a full order.",
    "ArgMax": "arg_max() breaks ties differently; use row_number() with a full order.",
    "ArgMin": "arg_min() breaks ties differently; use row_number() with a full order.",
    "Rand": "random() cannot be repeated; draw by md5() of a key.",
    "random": "random() cannot be repeated; draw by md5() of a key.",
    "Uuid": "A random key cannot be repeated; use md5() of a key.",
    "ArrayAgg": ORDERED_LIST,
    "GroupConcat": ORDERED_LIST,
    "First": ORDERED_LIST,
    "Last": ORDERED_LIST,
    "AnyValue": ORDERED_LIST,
    "TableSample": "A sample cannot be repeated across engines; draw by md5() of a key.",
    "PercentileDisc": "quantile_disc() does not translate; use quantile_cont().",
    "CountIf": "count_if() gives a number of another type; use count(*) filter (where ...).",
    "Upper": "upper() knows other letters (ß); use lower().",
    "Reverse": "reverse() takes letters of several signs apart on one engine.",
    "ApproxDistinct": "Approximate counts differ; use count(distinct x).",
    "ApproxQuantile": "Approximate quantiles differ; use quantile_cont().",
    "TryCast": "Text is read as numbers or times in different ways; the intake does that, not SQL.",
    "IntDiv": "a // b rounds differently for numbers with a fraction; use floor(a / nullif(b, 0)).",
    "Log": "log() differs in its base and at 0; use ln(x), divided by 2.302585092994046 for base 10.",
    "CurrentTimestamp": _NO_CLOCK,
    "CurrentDate": _NO_CLOCK,
    "now": _NO_CLOCK,
    "today": _NO_CLOCK,
    "DayOfWeek": "dayofweek() counts Sunday as 0 on one engine and 1 on the other; use isodow().",
    "UnixToTime": "epoch_ms() and to_timestamp() differ; use epoch(x), which has fractions of a second.",
    "StrToTime": "Text is read as times in different ways; the intake does that, not SQL.",
    "date_sub": "date_sub() counts whole spans; use date_diff('day', a, b), or epoch(b) - epoch(a).",
    "ToDays": COMPUTED_INTERVAL,
    "Array": _NO_LISTS,
    "Struct": _NO_LISTS,
    "Explode": _NO_LISTS,
    "Unnest": _NO_LISTS,
    "Bracket": _NO_LISTS,
    "Lambda": _NO_LISTS,
    "GenerateSeries": "Series of rows do not translate; give them as a table.",
    "Columns": "columns() does not exist on Spark; write the columns.",
    "Pivot": "pivot differs; use count(*) filter (where ...).",
    "Glob": "glob does not exist on Spark; use like or regexp_matches().",
    "SimilarTo": "similar to does not exist on Spark; use regexp_matches().",
    "AtTimeZone": "Inside passend every time is UTC without a zone.",
    "BitwiseXor": "a ^ b is a power on one engine; use power().",
    "BitwiseAnd": _NO_BITS,
    "BitwiseOr": _NO_BITS,
}
