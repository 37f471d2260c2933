package crs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// cutVariable is a variable of the engine that says that a content was longer
// than what is inspected, so that its last element may be broken.
const cutVariable = "groundfront_cut"

// head is what comes before the rule set: the parts of the engine's recommended
// configuration that a request needs. There a content that cannot be parsed is
// refused; here it counts as a critical rule does, since there is one decision,
// and it does not count where the rest was cut off. Numbers and messages are
// those of the recommended configuration.
//
// SecRxPreFilter, by which the engine looks for literals that a regular
// expression needs before it runs it, is left off: with it 932311 and 942220
// miss an attack of their own tests each, for at most a tenth of the time.
const head = `
SecRuleEngine DetectionOnly
SecAuditEngine Off
SecResponseBodyAccess Off
SecRequestBodyAccess On
SecRequestBodyLimit %[1]d
SecRequestBodyInMemoryLimit %[1]d
SecRequestBodyLimitAction ProcessPartial
SecRequestBodyJsonDepthLimit %[2]d
SecArgumentsLimit %[2]d
SecRule REQUEST_HEADERS:Content-Type "%[4]s" "id:200000,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"
SecRule REQUEST_HEADERS:Content-Type "%[5]s" "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQUEST_HEADERS:Content-Type "%[6]s" "id:200006,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQBODY_ERROR "!@eq 0" "id:200002,phase:2,t:none,pass,log,msg:'Failed to parse request body.',logdata:'%%{reqbody_error_msg}',severity:CRITICAL,chain"
    SecRule &TX:%[3]s "@eq 0" "setvar:'tx.inbound_anomaly_score_pl1=+%%{tx.critical_anomaly_score}'"
SecRule MULTIPART_STRICT_ERROR "!@eq 0" "id:200003,phase:2,t:none,pass,log,msg:'Multipart request body failed strict validation.',severity:CRITICAL,chain"
    SecRule &TX:%[3]s "@eq 0" "setvar:'tx.inbound_anomaly_score_pl1=+%%{tx.critical_anomaly_score}'"
Include @crs-setup.conf.example
`

// directives returns options in the engine's language. Equal options have
// equal directives: this is what engines are shared by.
func (o Options) directives() string {
	var b strings.Builder
	fmt.Fprintf(&b, head, max(1, o.BodyLimit), o.MaxLeaves, cutVariable, xmlType, jsonType, jsonSuffixType)
	id := 0
	set := func(name, value string) {
		id++
		fmt.Fprintf(&b, "SecAction \"id:%d,phase:1,pass,t:none,nolog,setvar:'tx.%s=%s'\"\n", 900000-id, name, value)
	}
	set("blocking_paranoia_level", fmt.Sprint(o.ParanoiaLevel))
	set("detection_paranoia_level", fmt.Sprint(o.ParanoiaLevel))
	set("inbound_anomaly_score_threshold", fmt.Sprint(o.Threshold))
	for _, name := range slices.Sorted(maps.Keys(o.Settings)) {
		set(name, o.Settings[name])
	}
	for _, name := range ruleFiles() {
		fmt.Fprintf(&b, "Include %s\n", name)
	}
	// The last file changes rules of others, so that none can be left out.
	for _, number := range Files() {
		if !slices.Contains(o.Files, number) {
			fmt.Fprintf(&b, "SecRuleRemoveById %[1]s000-%[1]s999\n", number)
		}
	}
	return b.String()
}
