package managed

// Words without which the values of header fields are not given to the patterns
// of SQL: there are many fields, and hardly any has one of these. Arguments,
// cookies and bodies are given to them in any case.
var sqlSearches = []search{
	{finds: FamilySQLExtended, words: list(`
		' %27 union select insert update delete drop alter create truncate execute exec( declare waitfor shutdown having where information_schema pg_catalog sqlite_master sysobjects msysaccess
		procedure sleep( benchmark( pg_sleep load_file outfile dumpfile updatexml extractvalue xp_ sp_executesql openrowset concat( group_concat char( chr( ascii( substr( substring( mid( count( rand( database( version( user( if( ifnull coalesce
		like( regexp rlike between null -- /**/ /*! @@ || && 0x $ne $gt $regex $where handler( cast( convert( hex( unhex( elt( make_set floor( sysdate`)},
	{finds: FamilySQLExtended, words: []string{" or ", " and ", " xor ", " in(", " in (", "order by", "group by", "limit ", "\" or", "\" and", "\"or", "\"and", "\"-", "\"=", "\"|", "` ", ")or", ")and", "1or", "1and", "/*", "merge into", "replace into", "select("}, confirm: func(text string, from, to int) bool {
		return text[from:to] != "/*" || from == 0 || text[from-1] != '*' // */* is what browsers accept
	}},
}
