package config

// Selection says which headers, cookies or query parameters a policy takes
// (CF-KEY-06, CF-KEY-07, CF-ORP-03). The spelling is AWS's.
type Selection string

// The selections. A cache policy takes headers only with none and whitelist;
// the two viewer forms are for headers of an origin request policy.
const (
	SelectionNone      Selection = "none"
	SelectionWhitelist Selection = "whitelist"
	SelectionAllExcept Selection = "allExcept"
	SelectionAll       Selection = "all"

	SelectionAllViewer                       Selection = "allViewer"
	SelectionAllViewerAndWhitelistCloudFront Selection = "allViewerAndWhitelistCloudFront"
)

func (Selection) values() []string {
	return []string{"none", "whitelist", "allExcept", "all", "allViewer", "allViewerAndWhitelistCloudFront"}
}

// listed reports whether the selection needs a list of names.
func (s Selection) listed() bool {
	return s == SelectionWhitelist || s == SelectionAllExcept || s == SelectionAllViewerAndWhitelistCloudFront
}

// HeadersConfig selects request headers. Names compare case-insensitively and
// "*" is a literal character (CF-KEY-08). At most 10 names (CF-KEY-09).
type HeadersConfig struct {
	// HeaderBehavior is none or whitelist in a cache policy; none, whitelist,
	// allViewer, allViewerAndWhitelistCloudFront or allExcept in an origin
	// request policy. Default none.
	HeaderBehavior Selection `config:"header_behavior" default:"none"`

	// Headers are the listed names.
	Headers []string `config:"headers"`
}

// CookiesConfig selects cookies by exact name (CF-KEY-23). At most 10 names
// (CF-KEY-09).
type CookiesConfig struct {
	// CookieBehavior is none, whitelist, allExcept or all. Default none.
	CookieBehavior Selection `config:"cookie_behavior" default:"none"`

	// Cookies are the listed names.
	Cookies []string `config:"cookies"`
}

// QueryStringsConfig selects query parameters by exact name (CF-KEY-15). At
// most 10 names (CF-KEY-09).
type QueryStringsConfig struct {
	// QueryStringBehavior is none, whitelist, allExcept or all. Default none.
	QueryStringBehavior Selection `config:"query_string_behavior" default:"none"`

	// QueryStrings are the listed names.
	QueryStrings []string `config:"query_strings"`
}
