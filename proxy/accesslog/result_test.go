package accesslog

import "testing"

func TestNames(t *testing.T) {
	for r := ResultTypeNone + 1; r < numResultTypes; r++ {
		if r.String() == "" || r.XCache() == "" {
			t.Errorf("result type %d: got %q, %q, want two names", r, r, r.XCache())
		}
	}
	for d := DetailedTypeNone + 1; d < numDetailedTypes; d++ {
		if d.String() == "" {
			t.Errorf("detailed type %d: got no name, want one", d)
		}
	}
	for p := range numProtocols {
		if p.String() == "" {
			t.Errorf("protocol %d: got no name, want one", p)
		}
	}
	seen := map[string]bool{}
	for r := range numReasons {
		if r.String() == "" || seen[r.String()] {
			t.Errorf("reason %d: got %q, want a name of its own", r, r)
		}
		seen[r.String()] = true
		if r.ResultType(200) == ResultTypeNone {
			t.Errorf("reason %v: got no result type, want one", r)
		}
	}
	for _, tt := range []struct{ got, want string }{
		{numResultTypes.String(), "result(11)"},
		{numDetailedTypes.String(), "detailed(24)"},
		{numReasons.String(), "reason(41)"},
		{numProtocols.String(), ""},
		{numResultTypes.XCache(), ""},
		{ResultTypeNone.String() + DetailedTypeNone.String() + ResultTypeNone.XCache(), ""},
	} {
		if tt.got != tt.want {
			t.Errorf("outside of the list: got %q, want %q", tt.got, tt.want)
		}
	}
}

// TestXCache proves table CF-XC and the 1:1 mapping of CF-XC-12.
func TestXCache(t *testing.T) {
	for _, tt := range []struct {
		id   string
		in   ResultType
		want string
	}{
		{"CF-XC-01", ResultTypeHit, "Hit from cloudfront"},
		{"CF-XC-02", ResultTypeMiss, "Miss from cloudfront"},
		{"CF-XC-03", ResultTypeRefreshHit, "RefreshHit from cloudfront"},
		{"CF-XC-04", ResultTypeError, "Error from cloudfront"},
		{"CF-XC-05", ResultTypeRedirect, "Redirect from cloudfront"},
		{"CF-XC-06", ResultTypeLambdaGeneratedResponse, "LambdaGeneratedResponse from cloudfront"},
		{"CF-XC-07", ResultTypeFunctionGeneratedResponse, "FunctionGeneratedResponse from cloudfront"},
		{"CF-XC-09", ResultTypeLimitExceeded, "LimitExceeded from cloudfront"},
		{"CF-XC-09", ResultTypeCapacityExceeded, "CapacityExceeded from cloudfront"},
	} {
		if got := tt.in.XCache(); got != tt.want {
			t.Errorf("%s: X-Cache of %v: got %q, want %q", tt.id, tt.in, got, tt.want)
		}
	}
}

func TestReasonResultType(t *testing.T) {
	for _, tt := range []struct {
		id     string
		in     Reason
		status int
		want   ResultType
	}{
		{"CF-LRT-01", ReasonHit, 200, ResultTypeHit},
		{"CF-LRT-01 collapsed", ReasonHitCollapsed, 200, ResultTypeHit},
		{"CF-XC-11", ReasonHit, 304, ResultTypeHit},
		{"CF-LRT-02", ReasonRefreshHit, 200, ResultTypeRefreshHit},
		{"CF-STALE-06", ReasonHitStaleSIE, 200, ResultTypeRefreshHit},
		{"CF-LRT-03", ReasonMissCold, 200, ResultTypeMiss},
		{"CF-XC-02", ReasonPassMethod, 201, ResultTypeMiss},
		{"CF-XC-04", ReasonMissCold, 404, ResultTypeError},
		{"CF-XC-04", ReasonHitCollapsed, 500, ResultTypeError},
		{"CF-XC-10", ReasonErrorCached, 404, ResultTypeError},
		{"CF-LRT-04", ReasonLimitExceeded, 503, ResultTypeLimitExceeded},
		{"CF-LRT-07", ReasonRedirectHTTPS, 301, ResultTypeRedirect},
		{"CF-LOG-11", ReasonGeneratedFunction, 200, ResultTypeFunctionGeneratedResponse},
		{"CF-XC-08", ReasonErrorOrigin, 200, ResultTypeError},
		{"unknown", numReasons, 200, ResultTypeError},
	} {
		if got := tt.in.ResultType(tt.status); got != tt.want {
			t.Errorf("%s: result type of %v with %d: got %v, want %v", tt.id, tt.in, tt.status, got, tt.want)
		}
	}
}

func TestReasonDetailedType(t *testing.T) {
	for in, want := range map[Reason]DetailedType{
		ReasonHit:                DetailedTypeNone,
		ReasonBlockedGeo:         DetailedTypeClientGeoBlocked,
		ReasonInvalidMethod:      DetailedTypeInvalidRequestMethod,
		ReasonErrorOriginDNS:     DetailedTypeOriginDNSError,
		ReasonErrorOriginConnect: DetailedTypeOriginConnectError,
		ReasonErrorOriginTimeout: DetailedTypeOriginCommError,
		numReasons:               DetailedTypeError,
	} {
		if got := in.DetailedType(); got != want {
			t.Errorf("detailed type of %v: got %v, want %v", in, got, want)
		}
	}
}
