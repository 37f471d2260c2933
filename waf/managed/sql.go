package managed

import "github.com/groundfront/groundfront/waf"

// Words without which the values of header fields are not given to the patterns
// of SQL: there are many fields, and hardly any has one of these, or an
// apostrophe. Arguments, cookies and bodies are given to them in any case.
var sqlSearches = []search{
	{finds: FamilySQLExtended, words: list(`
		%27 union select insert update delete alter create truncate execute exec( declare waitfor shutdown having where information_schema pg_catalog sqlite_master sysobjects msysaccess
		procedure sleep( benchmark( pg_sleep load_file outfile dumpfile updatexml extractvalue xp_ sp_executesql openrowset concat( group_concat char( chr( ascii( substr( substring( mid( count( rand( database( version( user( if( ifnull coalesce
		like( regexp rlike between null /**/ /*! @@version @@global @@data $ne $gt $regex $where handler( cast( convert( hex( unhex( elt( make_set floor( sysdate`)},
	{finds: FamilySQLExtended, words: []string{"drop ", " or ", " and ", " xor ", " && ", " || ", " in(", " in (", "order by", "group by", "limit ", "\" or", "\" and", "\"or", "\"and", "\"--", "\" --", "\"||", "\" ||", "` --", "` or", "` and", ")or ", ")and ", "1or ", "1and ", "merge into", "replace into"}},
}

// mayBeSQL matches header fields that the patterns of SQL are asked about.
func mayBeSQL(r *Rule) waf.Statement {
	return waf.Or{waf.Words{Words: []string{"'"}, Inspection: r.Inspects.inspection()}, scan(r)}
}
