package injection

// role is a set of parts that a word plays in the patterns.
type role uint32

const (
	roleLogic     role = 1 << iota // connects conditions
	roleCondition                  // a condition follows
	roleUnion                      // connects queries
	roleSelect                     // begins a query
	roleEvery                      // between union and select
	roleStatement                  // begins a statement
	roleRare                       // likewise, and is a word of honest text as well
	roleDefine                     // changes what there is in a database
	roleObject                     // what there is in a database
	roleCompare                    // an operator that is a word
	roleConstant                   // a value that is a word
	roleNot                        // in front of a condition
	roleClause                     // goes on with a query behind a string
	roleCall                       // a function that few but SQL servers have, with "(" right behind it
	roleSleep                      // a function that takes time or reads files, with "(" anywhere behind it
	roleSchema                     // a name that few use but who looks into a server
	roleType                       // behind "::"
	roleMongo                      // an operator of MongoDB, behind "$"
	roleArticle                    // begins no name of a table
)

// Words that a single pattern asks for.
const (
	roleFrom role = 1 << (31 - iota)
	roleInto
	roleBy
	roleOrder
	roleSet
	roleUpdate
	roleInsert
	roleDeclare
	roleExecute
	roleAs
	roleIf
	roleWait
)

var roles = makeTable([]wordList[role]{
	{roleLogic, "or and xor"},
	{roleCondition, "where having when on"},
	{roleUnion, "union intersect except"},
	{roleSelect, "select"},
	{roleEvery, "all distinct distinctrow unique"},
	{roleStatement, `
select insert update delete drop alter create truncate exec execute declare shutdown grant revoke waitfor`},
	{roleRare, `
call merge replace load rename backup restore handler begin attach detach copy pragma analyze set use if print`},
	{roleDefine, "drop alter create truncate"},
	{roleObject, "table database schema view index function procedure trigger tablespace login sequence"},
	{roleCompare, "like rlike regexp ilike between is in glob sounds div mod similar collate overlaps notnull isnull not"},
	{roleConstant, "null true false current_user current_date current_timestamp"},
	{roleNot, "not exists all any some binary"},
	{roleClause, "union intersect except select having limit procedure offset waitfor"},
	{roleCall, `
ascii abs bin bit_and bit_count char chr char_length character_length conv convert_tz
count current_user current_date db_name decode elt encode export_set extractvalue field find_in_set floor
from_base64 from_unixtime get_lock greatest hex iif inet_aton instr isnull
last_insert_id least likelihood likely ln lo_get lo_import locate log10 lower lpad ltrim make_set master_pos_wait md5 mid
mod name_const nvl ord overlay password pg_read_file pi polygon position pow power quote randomblob regexp_like regexp_replace reverse round row_count rpad rtrim schema session_user sha1 sign sin soundex space
starts_with strcmp string_agg string_to_array substring_index system_user to_base64 to_char to_number
total_changes typeof unicode unistr unlikely upper user uuid uuid_short version xmltype zeroblob array_agg if insert truncate trim acos asin atan atan2 cos cot sin tan sqrt exp degrees radians sysdate now curdate curtime unix_timestamp`},
	{roleSleep, `
sleep benchmark pg_sleep pg_sleep_for load_file updatexml extractvalue xp_cmdshell xp_dirtree xp_regread
xp_regwrite xp_fileexist sp_executesql sp_oacreate openrowset opendatasource openquery lo_export lo_import
analyse concat concat_ws group_concat compress uncompress database rand coalesce ifnull nullif unhex substring substr`},
	{roleSchema, `
information_schema pg_catalog pg_shadow pg_user pg_database pg_tables pg_stat_activity pg_roles pg_attribute pg_class
sqlite_master sqlite_schema sqlite_temp_master sqlite_sequence msysobjects msysaccessobjects msysaccessstorage
msysaccessxml msysmodules msysqueries msysrelationships msysaces sysobjects syscolumns sysusers sysdatabases syslogins
all_tables all_tab_columns all_users user_tables user_tab_columns user_objects dba_users dba_tables tempdb msdb
schema_name schemata northwind xp_cmdshell xp_dirtree xp_regread xp_regwrite sp_executesql sp_password
mysql_history openrowset dumpfile outfile`},
	{roleType, "int int2 int4 int8 integer bigint bool boolean text varchar json jsonb numeric float float8 regclass bytea char name inet oid"},
	{roleMongo, `
eq ne gt gte lt lte in nin and or not nor exists type mod regex text where size all elemmatch slice jsonschema expr
meta function`},
	{roleArticle, "the a an our your my his her its their this that these those which each any"},
	{roleFrom, "from"}, {roleInto, "into"}, {roleBy, "by"}, {roleOrder, "order group"}, {roleSet, "set"}, {roleUpdate, "update"},
	{roleInsert, "insert replace merge"}, {roleDeclare, "declare"}, {roleExecute, "exec execute"}, {roleAs, "as"}, {roleIf, "if"},
	{roleWait, "delay time receive"},
})

// families are beginnings of the names of functions.
var families = [...]string{"pg_", "dbms_", "utl_", "sqlite_", "xp_", "sp_", "jsonb_", "json_"}

// rolesOf returns the roles of word, whose hash is given.
func rolesOf(word string, hash uint32) role {
	r := roles.meaning(word, hash)
	for _, f := range families {
		if len(word) > len(f) && word[len(f)-1] == '_' && equalFold(f, word[:len(f)]) {
			r |= roleSleep
		}
	}
	return r
}

// joins reports whether a and b together are a word with a role that shows
// that it was cut in two on purpose.
func joins(a, b string) bool {
	const longest = 24
	if len(a)+len(b) > longest {
		return false
	}
	var both [longest]byte
	word := both[:copy(both[:], a)+copy(both[len(a):], b)]
	const cut = roleUnion | roleSelect | roleStatement | roleSleep | roleSchema | roleFrom | roleLogic
	// The conversion does not allocate, since the string does not escape.
	return rolesOf(string(word), hashOf(string(word)))&cut != 0
}
