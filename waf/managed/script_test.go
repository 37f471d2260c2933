package managed

import (
	"strings"
	"testing"
)

func TestScript(t *testing.T) {
	p := newPack(FamilyScript, scriptSearches)
	for _, attack := range []string{
		"<script>", "<SCRIPT src=//x>", "</script >", "＜script＞", "\xbcscript\xbe", "+ADw-script+AD4-", "&#60;script>", "<noscript#",
		"<iframe src=x>", "<object/data=x>", "$<f o r m", "<d i\na l o g", "<!ENTITY % a SYSTEM 'x'>", "<xi:include href=x>",
		"javascript:alert(1)", "x:url(JavaScript:1)", "javascript\n:x", "vbscript:x", "data:text/html,x", "ja&tab;vascript:",
		"' onselect=alert(1) '", "x\tonload =x", "/onwebkitanimationend=x", "\"onzoom=", "'formaction=",
		"x;document.cookie", "document /*x*/ . cookie", "(document)[\"cookie\"]", "self[`alert`]", "window[/**/'x']", "a.innerHTML=b",
		"alert()", "setTimeout(name,1)", "new Function()", "{{constructor.constructor('x')()}}", "[].sort.call`${alert}1`", "a=+[]+!![]", "[![]]",
	} {
		if p.Scan(attack) == 0 {
			t.Errorf("%q: got nothing, want a script", attack)
		}
	}
	for _, text := range []string{
		"", "a < b and c > d", "<b>bold</b>", "<p class=x>text</p>", "javascript is a language", "on Monday = closed",
		"once=1", "x&online=1", "version=onload", "on load", "onions == 3", "phone=1", "the document [1]", "window of time", "self.",
		"an alert (yellow)", "evaluation(x)", "realert(1)", "call `foo`", "data:image/png;base64,iVBO", "transcript", "< a b", "мscript",
		"import (and wait)", "/manual/document.cookie", "/docs/eval(x)", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",
	} {
		if got := p.Scan(text); got != 0 {
			t.Errorf("%q: got %v, want nothing", text, Family(got))
		}
	}
}

// TestScriptAllocations holds that text without a script costs no memory.
func TestScriptAllocations(t *testing.T) {
	p := newPack(FamilyScript, scriptSearches)
	text := strings.Repeat("An onion, on a table, is < the document of 3 = 4. ", 20)
	if n := testing.AllocsPerRun(10, func() { p.Scan(text) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}
