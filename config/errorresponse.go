package config

// CustomErrorResponse changes how one error status of the origin is shown and
// how long it is cached. AWS's CustomErrorResponse.
type CustomErrorResponse struct {
	// ErrorCode is the status it applies to (CF-CER-01).
	ErrorCode int `config:"error_code,required"`

	// ResponsePagePath is the page shown instead; it begins with "/"
	// (CF-CER-04) and comes together with ResponseCode. Default none.
	ResponsePagePath string `config:"response_page_path"`

	// ResponseCode is the status shown instead (CF-CER-02). 0 means none.
	ResponseCode int `config:"response_code"`

	// ErrorCachingMinTTL is the least time the error is cached (CF-ECT-06).
	// Default 10s (CF-ECT-01).
	ErrorCachingMinTTL Duration `config:"error_caching_min_ttl" default:"10s"`
}
