package injection

import "strings"

// words are those that are not, or not only, names to libinjection, by kind. A
// phrase is here by one of its words: "group by" by "by". Functions are names
// (see kinds).
var words = makeTable([]wordList[kinds]{
	{kindKeyword, `
abort accessible against all_users alter analyze as asc asensitive autoincrement before blob both cascade
change column condition constraint continue count_big cursor databases day_hour day_microsecond day_minute
day_second dec default delay delayed desc describe deterministic distinct distinctrow each else elseif
enclosed escaped exit explain fetch force foreign from fulltext function grant high_priority hour_microsecond
hour_minute hour_second ignore in index infile inner inout insensitive interval into iterate join keys kill
leading leave linear lines load lock longblob longtext loop low_priority master_bind
master_ssl_verify_server_cert match maxvalue mediumblob mediumint mediumtext merge middleint
minute_microsecond minute_second modifies natural no_write_to_binlog notnull nowait offset one_shot open
optimize option optionally outer outfile own3d partition precision primary procedure purge range read
read_write reads references release rename repeat replace require resignal restrict return revoke rollup
schema schemas second_microsecond sensitive separator signal similar spatial specific sql sql_big_result
sql_buffer_result sql_cache sql_calc_found_rows sql_no_cache sql_small_result sqlexception sqlstate sqlwarning
ssl starting straight_join syscolumns sysobjects sysusers terminated then time tinyblob tinyint tinytext top
trigger undo unlock unsigned update usage utc_date utc_time utc_timestamp value values varbinary varcharacter
varying wait when where xp_execresultset year_month zerofill`},
	{kindCommand, `
begin call create declare delete drop exec execute go goto handler if insert load print shutdown try use while
_armscii8 _ascii _big5 _binary _cp1250 _cp1251 _cp1257 _cp850 _cp852 _cp866 _cp932 _dec8 _eucjpms _euckr
_gb2312 _gbk _geostd8 _greek _hebrew _hp8 _keybcs2 _koi8r _koi8u _latin1 _latin2 _latin5 _latin7 _macce
_macroman _sjis _swe7 _tis620 _ujis _usc2 _utf8 anyarray anyelement anynonarry bigint bigserial binary boolean
bytea character collate cstring decimal double float float4 float8 int int1 int2 int3 int4 int8 integer money
numeric oid real regclass regconfig regdictionary regoper regoperator regproc regprocedure regtype serial
serial2 serial4 serial8 smallint smallserial text timestamp varchar void`},
	{kindQuery, `case create execute insert raiseerror select set update waitfor`},
	{kindUnion, `except intersect uni_on union`},
	{kindGroup, `by having limit`},
	{kindLogic, `and or xor`},
	{kindVariable, `
current current_date current_path current_server current_time current_timestamp current_timezone current_user
localtime localtimestamp null unknown`},
	{kindOperator, `between div eqv in is like mod not regexp rlike similar sounds uescape`},
	{kindNumber, `
binary_double_infinity binary_double_nan binary_float_infinity binary_float_nan false true`},
	{kindCollate, `collate`},
	{kindName, `if in`},
	{kindOther, `dumpfile outfile`},
})

const (
	shortestWord = len("by")
	longestWord  = len("master_ssl_verify_server_cert")
)

// meaning returns the kinds that word, whose hash is given, may have.
func meaning(word string, hash uint32) kinds {
	if k := words.meaning(word, hash); k != 0 {
		return k
	}
	return kindName
}

// A wordList is words, separated by white space, that mean the same. A word
// may be in several, and means all of it then.
type wordList[M ~uint32] struct {
	meaning M
	words   string
}

// A wordTable tells what words mean, without regard to their case. It is a
// table of more than twice their number, by a hash that a scan computes byte
// by byte. A slot that is taken leads to the next one.
type wordTable[M ~uint32] [slots]struct {
	word    string
	meaning M
}

const (
	slots      = 1024
	hashFactor = 0x01000193
)

func makeTable[M ~uint32](lists []wordList[M]) *wordTable[M] {
	t, n := new(wordTable[M]), 0
	for _, l := range lists {
		for word := range strings.FieldsSeq(l.words) {
			at := t.find(word, hashOf(word))
			if t[at].word == "" {
				n++
			}
			t[at].word, t[at].meaning = word, t[at].meaning|l.meaning
		}
	}
	if 2*n > slots {
		panic("injection: a table of words is too full")
	}
	return t
}

func hashOf(word string) (hash uint32) {
	for i := range len(word) {
		hash = hash*hashFactor + uint32(word[i]|0x20)
	}
	return hash
}

// find returns the slot of word, whose hash is given, or the free one where it
// would be.
func (t *wordTable[M]) find(word string, hash uint32) (at uint32) {
	for at = (hash ^ hash>>16) % slots; t[at].word != "" && !equalFold(t[at].word, word); {
		at = (at + 1) % slots
	}
	return at
}

// meaning returns what word means, whose hash is given: zero if it is no word
// of the table.
func (t *wordTable[M]) meaning(word string, hash uint32) M { return t[t.find(word, hash)].meaning }

// equalFold compares lower, in lower case, with any, ASCII only.
func equalFold(lower, any string) bool {
	if len(lower) != len(any) {
		return false
	}
	for i := range len(lower) {
		c := any[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
