package config

// A code identifies a kind of problem. Codes are stable: tools and
// documentation refer to them. The first digit is the group: 1 syntax, 2
// schema, 3 reference, 4 AWS rule, 5 fidelity, 6 environment. Those of traps,
// which begin with 7, are Trap.Code.
type code string

const (
	syntaxError     code = "GF1001"
	tooLarge        code = "GF1002"
	manyDocuments   code = "GF1003"
	tooDeep         code = "GF1004"
	unsupportedYAML code = "GF1005"
	emptyDocument   code = "GF1006"

	wrongType    code = "GF2101"
	duplicateKey code = "GF2102"
	missingKey   code = "GF2103"
	unknownKey   code = "GF2104"
	unknownValue code = "GF2105"
	badValue     code = "GF2106"
	outOfRange   code = "GF2107"
	awsSpelling  code = "GF2108"
	noValue      code = "GF2109"
	badName      code = "GF2110"

	unknownOrigin      code = "GF3001"
	unknownPolicy      code = "GF3002"
	noCachePolicy      code = "GF3003"
	managedName        code = "GF3004"
	unusedName         code = "GF3005"
	listenerConflict   code = "GF3006"
	oversizeMaxObject  code = "GF3007"
	repeatedListenAddr code = "GF3008"
	unknownFirewall    code = "GF3020"

	unknownAccessControl code = "GF3009"

	badPathPattern    code = "GF4001"
	repeatedPattern   code = "GF4002"
	quotaExceeded     code = "GF4003"
	badAlias          code = "GF4004"
	repeatedAlias     code = "GF4005"
	ttlOrder          code = "GF4006"
	unkeyableHeader   code = "GF4007"
	selectionList     code = "GF4008"
	selectionForbids  code = "GF4009"
	authorizationList code = "GF4010"
	repeatedName      code = "GF4011"
	encodingNoTTL     code = "GF4012"
	badDomainName     code = "GF4013"
	badOriginPath     code = "GF4014"
	badPort           code = "GF4015"
	forbiddenHeader   code = "GF4016"
	badHeader         code = "GF4017"
	awsRange          code = "GF4018"
	badRootObject     code = "GF4019"
	badMethods        code = "GF4020"
	badErrorCode      code = "GF4021"
	errorPagePair     code = "GF4022"
	unremovableHeader code = "GF4023"
	badCORSOrigin     code = "GF4024"
	textTooLong       code = "GF4025"
	xssExclusive      code = "GF4026"
	originKinds       code = "GF4027"
	completionOrder   code = "GF4028"
	badPagePath       code = "GF4029"
	strictTTL         code = "GF4030"
	badGRPC           code = "GF4031"
	badAPIGateway     code = "GF4032"
	badOriginGroup    code = "GF4033"
	badAccessControl  code = "GF4034"
	badOriginHealth   code = "GF4070"
	badRouting        code = "GF4071"
	routedUnkeyed     code = "GF4072"
	badIPSet          code = "GF4060"
	badStatement      code = "GF4061"
	repeatedPriority  code = "GF4062"
	badBlockResponse  code = "GF4063"
	badLabel          code = "GF4064"
	badRuleGroup      code = "GF4065"
	badFirewallRecord code = "GF4066"
	neverMatches      code = "GF4067"
	unknownOverride   code = "GF4068"
	longRegex         code = "GF4069"
	badDocument       code = "GF4073"
	blocksOwnHost     code = "GF4074"

	badGeoData        code = "GF4099"
	badGeoRestriction code = "GF4210"
	badGeoOverride    code = "GF4211"

	notReloadable  code = "GF4260"
	openAdmin      code = "GF4261"
	badAdminAccess code = "GF4262"

	badViewerCertificate code = "GF4150"
	unknownCertificate   code = "GF4151"
	uncoveredAlias       code = "GF4152"
	badCertificate       code = "GF4153"
	certificateTime      code = "GF4154"
	approximatePolicy    code = "GF5150"

	badDirectory  code = "GF4050"
	badLambda     code = "GF4051"
	badThrottle   code = "GF4110"
	http3Unused   code = "GF4230"
	badOriginLink code = "GF4201"
	badViewerMTLS code = "GF4170"
	badTrustStore code = "GF4171"

	certificateShared code = "GF4172"
	badACME           code = "GF4180"

	unknownVPCOrigin  code = "GF3201"
	unknownTrustStore code = "GF3170"

	edgesOwnHeader code = "GF4220"

	unknownKeyGroup code = "GF3190"
	badPublicKey    code = "GF4191"
	badKeyGroup     code = "GF4192"
	publicBefore    code = "GF4193"
	badSignedPath   code = "GF4194"

	badOriginShield  code = "GF4080"
	badInject        code = "GF4090"
	injectProduction code = "GF4091"
	faultsInjected   code = "GF4190"
	shieldElsewhere  code = "GF5110"

	corsCredentials code = "GF4102"
	corsSpelling    code = "GF4107"
	privateCopies   code = "GF4104"
	optionsStay     code = "GF4105"
	nobodyElse      code = "GF4106"

	keyNotBuilt   code = "GF5001"
	valueNotBuilt code = "GF5002"
	beyondAWS     code = "GF5101"
	headerLeftOut code = "GF5102"

	unreadableFile code = "GF6001"
	tooManyErrors  code = "GF6002"
)

// codeMeanings has one line for every code; the reference documentation is
// printed from it.
var codeMeanings = map[code]string{
	syntaxError:     "the file is not YAML",
	tooLarge:        "the file is larger than 4 MiB",
	manyDocuments:   "the file has more than one YAML document",
	tooDeep:         "nesting or aliases go beyond the bounds of the parser",
	unsupportedYAML: "a YAML feature that the grammar does not use: tags, merge keys, complex keys",
	emptyDocument:   "the file has no content",

	wrongType:    "a value has another type than the key takes",
	duplicateKey: "a key is written twice in one mapping",
	missingKey:   "a required key is absent, or its list is empty",
	unknownKey:   "a key is not in the grammar",
	unknownValue: "a value is not one of the words the key takes",
	badValue:     "a value does not have the form the key takes",
	outOfRange:   "a number, duration or size is outside its bounds",
	awsSpelling:  "a key has the spelling of the AWS API",
	noValue:      "a key has no value",
	badName:      "a name has characters that names may not have",

	unknownOrigin:      "a behavior names an origin that the distribution does not have",
	unknownPolicy:      "a behavior names a policy that neither the file nor AWS defines",
	noCachePolicy:      "a behavior has no cache policy",
	managedName:        "a policy has the name of a managed policy",
	unusedName:         "an origin, policy, web ACL, set or rule group is not used (warning)",
	listenerConflict:   "the protocols of a socket do not fit its TLS setting",
	oversizeMaxObject:  "the largest stored body is larger than the whole memory tier",
	repeatedListenAddr: "two sockets have one address",
	unknownFirewall:    "a web ACL, a set, a rule group, a rule or a custom response body is not there",

	unknownAccessControl: "an origin names an origin access control that the file does not define",

	badPathPattern:    "a path pattern is too long or has characters outside the alphabet",
	repeatedPattern:   "two behaviors of a distribution have one path pattern",
	quotaExceeded:     "there are more things than AWS's quota allows",
	badAlias:          "an alias is not a lower-case name with an optional leading *.",
	repeatedAlias:     "two distributions have one alias",
	ttlOrder:          "the TTLs of a cache policy are not min <= default <= max",
	unkeyableHeader:   "a header can never be part of a cache key",
	selectionList:     "a selection lacks its list of names, or has one it does not take",
	selectionForbids:  "a selection is not available in this kind of policy",
	authorizationList: "Authorization is listed in an origin request policy",
	repeatedName:      "a list has one name twice",
	encodingNoTTL:     "a cache policy that disables caching enables Accept-Encoding settings",
	badDomainName:     "an origin's domain name is not just a host",
	badOriginPath:     "an origin path does not begin with a slash, or ends with one",
	badPort:           "an origin port is not 80, 443 or 1024 to 65535",
	forbiddenHeader:   "a header may not be a custom header of an origin",
	badHeader:         "a header name or value is malformed or too long",
	awsRange:          "a number or duration is outside the bounds AWS sets",
	badRootObject:     "a default root object is malformed",
	badMethods:        "a set of methods is not one that CloudFront has",
	badErrorCode:      "a custom error response names a status that it cannot",
	errorPagePair:     "a custom error response has only one of page path and response code",
	unremovableHeader: "a header may not be removed by a response headers policy",
	badCORSOrigin:     "a CORS origin has a wildcard where none is allowed",
	textTooLong:       "a text is longer than AWS allows",
	xssExclusive:      "mode_block and report_uri exclude each other, and have no effect without protection",
	badThrottle:       "a throttle has a header that it does not take, or there are too many of them",
	badLambda:         "a function as an origin has a property that does not go with the others",
	badOriginShield:   "origin_shield lacks a region, or has none of AWS's form",
	shieldElsewhere:   "Origin Shield is another process, or none (warning)",
	badInject:         "the faults of an origin cannot be injected as they are written",
	injectProduction:  "faults are to be injected in mode production",
	faultsInjected:    "an origin goes wrong on purpose (warning)",
	http3Unused:       "HTTP/3 is offered that no socket speaks, or spoken where nothing offers it (warning)",
	badDirectory:      "a folder as an origin has a property that does not go with the others",
	originKinds:       "an origin is both an S3 and a custom origin",
	completionOrder:   "the response completion timeout is below the read timeout",
	strictTTL:         "a cache policy with rfc9111 semantics sets a minimum or default TTL",
	badPagePath:       "the path of an error page does not begin with a slash, or is more than a path",
	badOriginGroup:    "an origin group has not two members, or the name of an origin",
	badOriginHealth:   "what is asked of an origin's health contradicts itself",
	badRouting:        "a routing group says what its policy does not take, or not what it needs",
	routedUnkeyed:     "a routing group chooses by a header that is not in the cache key",
	badGRPC:           "gRPC is on where a call cannot be made: without POST, HTTP/2 or TLS",
	badAccessControl:  "an origin access control, or signing, does not fit its origin",
	badAPIGateway:     "what an origin says of its API contradicts itself, the domain name or the service",
	badIPSet:          "an IP set has an address that AWS would refuse, or two sources of them",
	badStatement:      "a statement of a web ACL cannot be where it is, or lacks a part",
	repeatedPriority:  "two rules of a web ACL have one priority",
	badBlockResponse:  "a custom response has a status or a header that it cannot have",
	badLabel:          "a label, or what labels are matched by, does not have the form of one",
	badRuleGroup:      "a rule group costs more than its capacity, or a reference to one contradicts itself",
	badFirewallRecord: "what is said of a web ACL's log records or samples is not what AWS takes",
	neverMatches:      "a statement of a web ACL can never match (warning)",
	unknownOverride:   "an override names a rule that its managed rule group does not have (warning)",
	blocksOwnHost:     "a managed rule blocks requests to a name that the distribution answers to (warning)",
	badDocument:       "a document of AWS is not what the configuration takes it for, or has what cannot be resolved",
	longRegex:         "a regular expression is longer than AWS's guide allows, not than its API does (warning)",
	openAdmin:         "others reach the admin listener, and nothing says who may use it",
	badAdminAccess:    "what is said of who may use the admin listener contradicts itself",
	notReloadable:     "a property cannot change while the process runs",
	badGeoData:        "geo data is empty, or a prefix or what is said of it is not understood",
	badGeoOverride:    "clients may say where they are outside of mode dev, or in a header that says something else",
	badGeoRestriction: "a geo restriction restricts nothing, names what is no country, or nothing says where viewers are",

	badViewerCertificate: "what is said of a distribution's certificate contradicts itself, has no effect or is not for AWS",
	unknownCertificate:   "a distribution names a certificate that the file does not have",
	uncoveredAlias:       "an alias is not among the names of the distribution's certificate",
	badCertificate:       "a certificate or its key cannot be read, or they do not belong together",
	certificateTime:      "a certificate has expired or is not valid yet (warning)",
	approximatePolicy:    "a security policy is not in all AWS's policy of its name (warning)",

	corsCredentials: "browsers refuse credentials together with any origin (warning)",
	corsSpelling:    "a CORS origin is written as no browser writes one, and allows nobody (warning)",
	privateCopies:   "private responses are kept and served to others in an outage (warning)",
	optionsStay:     "OPTIONS is allowed and does not fail over in an origin group (warning)",
	nobodyElse:      "an origin that is asked whatever its health is has a health check or ejection (warning)",

	unknownVPCOrigin:  "an origin names a VPC origin that the file does not have",
	unknownTrustStore: "a distribution names a trust store that the file does not have",

	badViewerMTLS:     "a distribution asks viewers for certificates and can be reached without one: over HTTP, or HTTP/3",
	badACME:           "a certificate cannot be obtained by ACME as it is written, or not in this mode",
	certificateShared: "an origin is told of viewers' certificates, which are not in the cache key (warning)",

	badTrustStore: "a trust store does not say which files it has, or a file is not what CloudFront takes",

	edgesOwnHeader: "a response headers policy adds a header that the edge makes itself",

	unknownKeyGroup: "a behavior names a key group, or a key group a public key, that the file does not have",
	badPublicKey:    "a public key is not one that can verify signatures, or cannot be read",
	badKeyGroup:     "a key group has no public key",
	badSignedPath:   "a signature for one path would open others",
	publicBefore:    "a cache behavior that needs signatures comes after one that needs none and has all its paths (warning)",

	badOriginLink: "settings of how an origin is connected to contradict each other or have no effect",

	keyNotBuilt:   "a key belongs to a feature that is not built yet",
	valueNotBuilt: "a value belongs to a feature that is not built yet",
	beyondAWS:     "accepted here, refused by AWS (warning)",
	headerLeftOut: "a policy of the file, in mode faithful also a managed one, asks for CloudFront headers that are left out (warning)",

	unreadableFile: "a file cannot be read",
	tooManyErrors:  "there are more problems than are shown",
}

// warnings are the codes that do not keep a configuration from running.
var warnings = map[code]bool{
	unusedName: true, publicBefore: true, corsCredentials: true, corsSpelling: true, privateCopies: true, optionsStay: true, nobodyElse: true, beyondAWS: true, headerLeftOut: true,
	faultsInjected: true, http3Unused: true, shieldElsewhere: true, neverMatches: true, unknownOverride: true, longRegex: true, blocksOwnHost: true,
	certificateTime: true, approximatePolicy: true,
	certificateShared: true,
}

// Codes returns the meaning of every code, such as "GF2104".
func Codes() map[string]string {
	all := make(map[string]string, len(codeMeanings))
	for c, meaning := range codeMeanings {
		all[string(c)] = meaning
	}
	return all
}
