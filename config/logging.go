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
}

// LogFormat is the format of an access log.
type LogFormat string

// LogFormatW3C is CloudFront's standard log format.
const LogFormatW3C LogFormat = "w3c"

func (LogFormat) values() []string { return []string{"w3c"} }
