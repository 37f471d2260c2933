package proxy

import (
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/errorpage"
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
	freshness.NoStoreFull:             accesslog.ReasonMissAdmission,
}

// A failure is how an origin's failure shows: in the page, in our reason, and
// in the detailed result type (CF-ERR-21, CF-LDT). Its status is
// origin.ErrorKind.Status's.
type failure struct {
	explanation errorpage.Explanation
	reason      accesslog.Reason
	detailed    accesslog.DetailedType
}

var failures = map[origin.ErrorKind]failure{
	origin.ErrorUnknown:           {errorpage.ExplanationOriginClosed, accesslog.ReasonErrorOriginInvalid, accesslog.DetailedTypeOriginError},
	origin.ErrorDNS:               {errorpage.ExplanationOriginDNS, accesslog.ReasonErrorOriginDNS, accesslog.DetailedTypeOriginDNSError},
	origin.ErrorConnect:           {errorpage.ExplanationOriginConnect, accesslog.ReasonErrorOriginConnect, accesslog.DetailedTypeOriginConnectError},
	origin.ErrorTLS:               {errorpage.ExplanationOriginClosed, accesslog.ReasonErrorOriginConnect, accesslog.DetailedTypeOriginConnectError},
	origin.ErrorConnectTimeout:    {errorpage.ExplanationOriginConnect, accesslog.ReasonErrorOriginTimeout, accesslog.DetailedTypeOriginCommError},
	origin.ErrorReadTimeout:       {errorpage.ExplanationOriginConnect, accesslog.ReasonErrorOriginTimeout, accesslog.DetailedTypeOriginCommError},
	origin.ErrorRead:              {errorpage.ExplanationOriginClosed, accesslog.ReasonErrorOriginInvalid, accesslog.DetailedTypeOriginReadError},
	origin.ErrorWrite:             {errorpage.ExplanationOriginClosed, accesslog.ReasonErrorOriginInvalid, accesslog.DetailedTypeOriginWriteError},
	origin.ErrorHeaderTooBig:      {errorpage.ExplanationOriginClosed, accesslog.ReasonErrorOriginInvalid, accesslog.DetailedTypeOriginHeaderTooBigError},
	origin.ErrorInvalidResponse:   {errorpage.ExplanationOriginClosed, accesslog.ReasonErrorOriginInvalid, accesslog.DetailedTypeOriginInvalidResponseError},
	origin.ErrorContentRange:      {errorpage.ExplanationOriginClosed, accesslog.ReasonErrorOriginInvalid, accesslog.DetailedTypeOriginContentRangeLengthError},
	origin.ErrorCompletionTimeout: {errorpage.ExplanationOriginConnect, accesslog.ReasonErrorOriginTimeout, accesslog.DetailedTypeOriginCommError},
	origin.ErrorCanceled:          {errorpage.ExplanationOriginClosed, accesslog.ReasonViewerGone, accesslog.DetailedTypeClientCommError},
	origin.ErrorSigning:           {errorpage.ExplanationOriginConnect, accesslog.ReasonErrorOriginConnect, accesslog.DetailedTypeOriginError},
	origin.ErrorLimit:             {errorpage.ExplanationOriginConnect, accesslog.ReasonLimitExceeded, accesslog.DetailedTypeNone},
}

// failureOf returns how a failure shows; a kind that is not in the table
// shows as an unknown one.
func failureOf(k origin.ErrorKind) failure {
	if f, found := failures[k]; found {
		return f
	}
	return failures[origin.ErrorUnknown]
}
