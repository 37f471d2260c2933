package managed

// PHP: its tags, variables, streams and serialized objects, and functions that
// should not be called from outside.
var phpSearches = []search{
	{finds: FamilyPHP, words: []string{"<?php", "<?=", "[php]", "[/php]", `[\php]`, "{php}", "{/php}", "<?xml:", "<?xml :", "<?xml\t:", "<?xml\n:", "<script language=\"php\"", "<script language='php'"}},
	{finds: FamilyPHP, words: []string{"<?"}, confirm: func(text string, _, to int) bool {
		if to == len(text) {
			return true
		}
		i := skipSpace(text, to, 8)
		if hasFold(text, to, "xml") {
			j := skipSpace(text, to+3, 24)
			return j < len(text) && (text[j] == ':' || text[j] == '(')
		}
		return i > to && i < len(text)
	}},
	{finds: FamilyPHP, words: list(`$_get $_post $_request $_server $_cookie $_files $_session $_env $globals $http_raw_post_data $http_get_vars $http_post_vars $http_cookie_vars $http_server_vars $argv $php_self $http_response_header`), right: edgeWord},
	{finds: FamilyPHP, words: list(`php:// phar:// expect:// zip:// rar:// ogg:// glob:// zlib:// compress.zlib:// compress.bzip2:// bzip2:// ssh2.shell:// ssh2.exec:// ssh2.tunnel:// ssh2.sftp:// ssh2.scp:// php%3a// zlib: `), left: edgeWord},
	{finds: FamilyPHP, words: []string{"data:text/", "data:application/x-httpd", "data://text", "data:;base64,", "data://;base64"}, left: edgeStart, confirm: func(text string, from, _ int) bool { return from == 0 || text[from-1] == '=' }},
	{finds: FamilyPHP, words: []string{"o:", "c:"}, left: edgeWord, confirm: object},
	// Calls: of functions with names of their own, and of those that are words.
	{finds: FamilyPHP, words: list(phpFunctions), confirm: func(text string, from, to int) bool { return calls(text, to, true) }},
	{finds: FamilyPHP, words: list(phpWords), confirm: func(text string, from, to int) bool {
		return (from == 0 || !isWord(text[from-1]) && text[from-1] != '.' && text[from-1] != '$' && text[from-1] != '>' && text[from-1] != '-') && calls(text, to, false)
	}},
	// Functions whose names are put in brackets or quotes, or into variables.
	{finds: FamilyPHP, words: []string{")(", "](", "\"(", "'(", ") (", "] (", "' (", "\" (", "*/("}, confirm: indirect},
	{finds: FamilyPHP, words: []string{"$"}, confirm: variableCall},
	// Settings of php.ini, as a value of their own.
	{finds: FamilyPHP, words: list(phpSettings), left: edgeStart, confirm: func(text string, _, to int) bool {
		i := skipSpace(text, to, 4)
		return i < len(text) && text[i] == '='
	}},
	// Names of scripts in a form's part, and of files of sessions.
	{finds: FamilyPHP, words: []string{"filename=\"", "filename="}, confirm: scriptName},
}

const (
	phpFunctions = `
		base64_decode base64_encode bzdecompress call_user_func call_user_func_array call_user_method curl_exec curl_init curl_multi_exec fsockopen pfsockopen gzdecode gzinflate gzuncompress gzcompress gzdeflate gzencode
		shell_exec proc_open proc_close proc_nice proc_terminate pcntl_exec pcntl_fork passthru_exec escapeshellarg escapeshellcmd create_function register_shutdown_function register_tick_function set_error_handler forward_static_call ini_set ini_get ini_alter ini_restore dl_open
		file_get_contents file_put_contents file_exists filemtime fileperms fileowner filegroup move_uploaded_file is_uploaded_file readfile readlink realpath highlight_file show_source parse_ini_file php_strip_whitespace php_sapi_name php_uname php_ini_loaded_file
		get_defined_functions get_defined_vars get_defined_constants get_current_user get_cfg_var get_loaded_extensions getmyuid getmypid getlastmod getmyinode posix_getpwuid posix_getegid posix_geteuid posix_getgid posix_getuid posix_kill posix_mkfifo posix_setuid posix_setgid posix_uname posix_ttyname
		print_r var_dump var_export debug_backtrace debug_print_backtrace error_log phpcredits phpversion zend_version
		preg_replace_callback preg_replace preg_match preg_grep array_map array_filter array_walk array_walk_recursive array_reduce array_diff array_diff_uassoc array_udiff array_intersect_ukey array_merge array_pop array_push array_shift usort uasort uksort iterator_apply spl_autoload_register
		str_rot13 strrev str_replace str_ireplace substr_replace substr_count convert_uudecode convert_uuencode hex2bin bin2hex rawurldecode html_entity_decode htmlspecialchars_decode htmlentities strip_tags stripslashes addslashes mb_decode_numericentity mb_encode_mimeheader
		mysql_query mysql_connect mysqli_query mysqli_connect pg_connect pg_query pg_execute pg_enter_pipeline_mode sqlite_open odbc_exec odbc_connect odbc_connection_string_should_quote oci_execute ldap_search ldap_bind ldap_get_entries imap_open
		gethostbyname gethostbyaddr gethostbynamel dns_get_record stream_context_create stream_socket_client stream_get_contents stream_wrapper_register socket_create socket_connect ftp_connect ftp_exec ssh2_exec ssh2_connect openssl_decrypt mcrypt_decrypt zlib_decode
		simplexml_load_file simplexml_load_string libxml_disable_entity_loader xml_parse domdocument date_add date_sub checkdate symlink chroot putenv apache_setenv apache_child_terminate apache_get_modules session_start session_id extract_vars unserialize phpinfo
		sodium_crypto_aead_chacha20poly1305_ietf_keygen sodium_crypto_box_open tidy_parse_string tidy_parse_file zend_test_is_string_marked_as_valid_utf8 eio_mkdir eio_chown event_new fann_create inotify_init runkit_function_add gmp_import ob_start ob_get_contents func_get_args function_exists is_callable method_exists get_object_vars assert_options opcache_reset
		fputcsv fgetcsv fpassthru fileinode ftruncate tmpfile tempnam readdir scandir opendir disk_total_space disk_free_space is_writable is_executable`
	phpWords    = `assert eval exec system passthru popen fopen fwrite fputs fread fclose unlink rmdir mkdir chmod chown chgrp file include_once require_once chr ord unpack pack printf sprintf vprintf substr strlen strtr implode explode intval extract compact ucfirst lcfirst getenv dl serialize chdir getcwd usleep`
	phpSettings = `allow_url_fopen allow_url_include allow_webdav_methods arg_separator.input arg_separator.output assert.active assert.callback auto_append_file auto_prepend_file cgi.force_redirect cgi.fix_pathinfo curl.cainfo default_charset disable_functions disable_classes display_errors doc_root enable_dl engine error_log error_reporting error_prepend_string expose_php
		extension extension_dir file_uploads html_errors include_path log_errors magic_quotes_gpc mail.add_x_header mail.log mail.force_extra_parameters max_execution_time max_input_time mbstring.regex_retry_limit mbstring.regex_stack_limit memory_limit open_basedir opcache.enable opcache.jit_max_polymorphic_calls opcache.preload opcache.file_cache output_buffering output_handler phar.readonly
		post_max_size precision register_globals report_memleaks safe_mode sendmail_path session.auto_start session.save_path session.save_handler session.upload_progress.enabled session.serialize_handler short_open_tag smtp smtp_port soap.wsdl_cache suhosin.simulation sys_temp_dir unserialize_callback_func unserialize_max_depth upload_max_filesize upload_tmp_dir user_dir user_ini.filename variables_order zend.multibyte zend_extension`
)

// calls tells whether the parenthesis of a call follows at i. Between it and the
// name PHP allows white space and comments; where distinct is not set, the name
// is a word and a single space is prose.
func calls(text string, i int, distinct bool) bool {
	if i < len(text) && text[i] == '=' && i+1 < len(text) && text[i+1] == '(' {
		return distinct
	}
	j := skipBlank(text, i)
	if j >= len(text) || text[j] != '(' {
		return distinct && j < len(text) && !isWord(text[j]) && indirectAfter(text, j)
	}
	if distinct {
		return true
	}
	if j == i+1 && text[i] == ' ' {
		return false // exec (
	}
	k := j + 1
	return k < len(text)
}

// indirectAfter tells whether the brackets and quotes around a name end at i and
// a call follows: system"]("…
func indirectAfter(text string, i int) bool {
	closed := 0
	for i < len(text) && closed < 8 && (text[i] == '"' || text[i] == '\'' || text[i] == ')' || text[i] == ']' || text[i] == '}' || isSpace(text[i]) && closed > 0 || text[i] == '[' && i+2 < len(text) && isDigit(text[i+1]) && text[i+2] == ']' || isSpace(text[i])) {
		if text[i] == '[' {
			i += 2
		}
		i++
		closed++
	}
	return closed > 0 && i < len(text) && text[i] == '(' && i+1 < len(text)
}

// skipBlank skips white space and comments.
func skipBlank(text string, i int) int {
	for range 8 {
		i = skipSpace(text, i, 32)
		switch {
		case hasFold(text, i, "/*"):
			for end := min(len(text), i+64); i < end && !hasFold(text, i, "*/"); i++ {
			}
			i += 2
		case hasFold(text, i, "//"), i < len(text) && text[i] == '#':
			for end := min(len(text), i+64); i < end && text[i] != '\n'; i++ {
			}
		default:
			return min(i, len(text))
		}
	}
	return min(i, len(text))
}

// indirect confirms a call of what is in brackets or quotes: a name of a function
// of ours must be near before it.
func indirect(text string, from, to int) bool {
	near := text[max(0, from-40):from]
	for _, name := range [...]string{"system", "exec", "passthru", "assert", "eval", "popen", "(string)", "define(", "st).em", "x73y"} {
		if findFold(near, name) {
			return true
		}
	}
	return findFold(text[to:min(len(text), to+16)], "uname") || len(near) > 2 && near[len(near)-1] == ')' && hasFold(text, to, "'uname")
}

// variableCall confirms $name(…), also with indices and comments between, and
// ${…}.
func variableCall(text string, from, to int) bool {
	if from > 0 && isSpace(text[from-1]) {
		return false // $f(x)$ is mathematics, $5 money
	}
	i := to
	if i < len(text) && isSpace(text[i]) {
		i = skipSpace(text, i, 24)
		if i == len(text) || text[i] != '{' {
			return false
		}
	}
	for begin := i; i < len(text) && i-begin < 4 && text[i] == '$'; i++ {
	}
	if i == len(text) {
		return false
	}
	if text[i] == '{' {
		return bracedVariable(text, from, i+1)
	}
	name := i
	for i < len(text) && i-name < 48 && isWord(text[i]) {
		i++
	}
	if i == name || isDigit(text[name]) {
		return false
	}
	for range 4 {
		i = skipBlank(text, i)
		if i >= len(text) {
			return false
		}
		switch text[i] {
		case '(':
			return true
		case '[':
			i = skipIndex(text, i, ']')
		case '{':
			i = skipIndex(text, i, '}')
		default:
			return hasFold(text, i, "->$")
		}
	}
	return false
}

// bracedVariable confirms what follows "${" at i, of which from is the dollar.
func bracedVariable(text string, from, i int) bool {
	i = skipSpace(text, i, 16)
	end := i
	for end < len(text) && end-i < 40 && text[end] != '}' {
		end++
	}
	inner := text[i:end]
	if end >= len(text) || inner == "" {
		return false
	}
	if inner[0] == '\'' || inner[0] == '$' || inner[0] == '@' || inner[0] == '_' && hasByte(inner, 0, len(inner), '.') {
		return true
	}
	return from == 0 || text[from-1] == '='
}

// skipIndex returns what is behind the index that begins at i and ends with
// closing, or a place in it if it is long.
func skipIndex(text string, i int, closing byte) int {
	depth := 0
	for end := min(len(text), i+40); i < end; i++ {
		if text[i] == closing {
			if depth--; depth <= 0 {
				return i + 1
			}
		} else if text[i] == '[' || text[i] == '{' {
			depth++
		}
	}
	return i
}

// object confirms a serialized object: O:8:"stdClass":0:{
func object(text string, from, to int) bool {
	i := to
	for i < len(text) && i-to < 6 && isDigit(text[i]) {
		i++
	}
	return i > to && hasFold(text, i, ":\"") && i+2 < len(text) && (isLetter(text[i+2]) || text[i+2] == '_' || text[i+2] == '\\')
}

// scriptName confirms the name of a script of PHP, or of a file of its sessions,
// in a form's part.
func scriptName(text string, _, to int) bool {
	name := text[to:min(len(text), to+200)]
	for i := range len(name) {
		if name[i] == '"' || name[i] == '\n' || name[i] == '\r' {
			name = name[:i]
			break
		}
	}
	for i := 0; i+3 < len(name); i++ {
		if name[i] == '.' && hasFold(name, skipSpace(name, i+1, 2), "ph") {
			j := skipSpace(name, i+1, 2) + 2
			rest := name[j:]
			end := 0
			for end < len(rest) && isWord(rest[end]) {
				end++
			}
			var a [longestCommand]byte
			if phpExtensions[string(lower(rest[:end], &a))] {
				return true
			}
		}
		if hasFold(name, i, "sess_") && (i == 0 || isSlash(name[i-1])) && len(name)-i >= 5+15 {
			return true
		}
	}
	return false
}

// phpExtensions are what follows .ph in names of scripts.
var phpExtensions = set(`p p3 p4 p5 p6 p7 p8 ps pt tml t ar tm`)
