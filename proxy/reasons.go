package proxy

import (
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy/accesslog"
)

// noStoreReasons are the reasons of requests whose response is not stored;
// those that are not here count as ordinary misses.
var noStoreReasons = map[freshness.NoStoreReason]accesslog.Reason{
	freshness.NoStoreMethod:           accesslog.ReasonPassMethod,
	freshness.NoStoreCachingDisabled:  accesslog.ReasonPassPolicyTTLZero,
	freshness.NoStorePartialContent:   accesslog.ReasonMissRange,
	freshness.NoStoreDirectiveNoStore: accesslog.ReasonPassNoStore,
	freshness.NoStoreDirectiveNoCache: accesslog.ReasonPassNoStore,
	freshness.NoStoreDirectivePrivate: accesslog.ReasonPassPrivate,
}

// detailedTypeOf returns the detailed result type of an origin's failure; the
// words are origin.ErrorKind.Detail's (CF-LDT).
func detailedTypeOf(k origin.ErrorKind) accesslog.DetailedType {
	switch k {
	case origin.ErrorDNS:
		return accesslog.DetailedTypeOriginDNSError
	case origin.ErrorConnect, origin.ErrorTLS:
		return accesslog.DetailedTypeOriginConnectError
	case origin.ErrorConnectTimeout, origin.ErrorReadTimeout, origin.ErrorCompletionTimeout:
		return accesslog.DetailedTypeOriginCommError
	case origin.ErrorRead:
		return accesslog.DetailedTypeOriginReadError
	case origin.ErrorWrite:
		return accesslog.DetailedTypeOriginWriteError
	case origin.ErrorHeaderTooBig:
		return accesslog.DetailedTypeOriginHeaderTooBigError
	case origin.ErrorInvalidResponse:
		return accesslog.DetailedTypeOriginInvalidResponseError
	case origin.ErrorContentRange:
		return accesslog.DetailedTypeOriginContentRangeLengthError
	case origin.ErrorCanceled:
		return accesslog.DetailedTypeClientCommError
	}
	return accesslog.DetailedTypeOriginError
}
