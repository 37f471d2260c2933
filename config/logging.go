package config

// Logging is the standard access log of a distribution. AWS's LoggingConfig,
// with a path in place of a bucket.
type Logging struct {
	// Path is a file, or the word stdout.
	Path string `config:"path,required"`

	// Format of the log. Only w3c, CloudFront's standard format, for now.
	Format LogFormat `config:"format" default:"w3c"`

	// IncludeCookies fills the field cs(Cookie). Default false.
	IncludeCookies bool `config:"include_cookies"`

	// Signatures is what this log, and that of the web ACL, has of the Signature and the Policy of signed URLs
	// and cookies, which open to anybody what they are for until they expire:
	// nothing (hidden, their values are the word hidden), or all (kept), as
	// CloudFront logs them. It matters where a distribution, be it another one, has
	// trusted_key_groups. Default hidden; kept in mode faithful. Not at AWS.
	Signatures LoggedSignatures `config:"signatures"`
}

// resolve settles what the mode decides.
func (l *Logging) resolve(m Mode) {
	switch {
	case l == nil || l.Signatures != "":
	case m == ModeFaithful:
		l.Signatures = LoggedSignaturesKept
	default:
		l.Signatures = LoggedSignaturesHidden
	}
}

// LoggedSignatures says what becomes of signatures in an access log.
type LoggedSignatures string

// The ways.
const (
	LoggedSignaturesHidden LoggedSignatures = "hidden"
	LoggedSignaturesKept   LoggedSignatures = "kept"
)

func (LoggedSignatures) values() []string { return []string{"hidden", "kept"} }

// LogFormat is the format of an access log.
type LogFormat string

// LogFormatW3C is CloudFront's standard log format.
const LogFormatW3C LogFormat = "w3c"

func (LogFormat) values() []string { return []string{"w3c"} }
