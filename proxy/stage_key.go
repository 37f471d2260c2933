package proxy

import (
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// stageBuildKey adds the CloudFront-* fields that a policy asks for and
// builds the cache key (CF-PIPE-10).
func (x *Exchange) stageBuildKey() step {
	x.generateFields()
	request := cachekey.Request{
		Method: x.r.Method, Host: x.r.Host, Path: x.path, Query: x.query, HasQuery: x.hasQuery,
		Fields: x.fields, HTTP10: x.r.Proto == viewer.ProtoHTTP10,
	}
	x.accept = x.behavior.Key.AcceptEncoding(&request)
	if x.bypasses() && !x.heedsChanges() { // nobody will ask for the key
		return proceed
	}
	if x.key == nil {
		x.key = make([]byte, 0, 256)
	}
	x.key = x.behavior.Key.AppendWith(x.key, &request, x.accept)
	x.hash = cachekey.Sum(x.key)
	return proceed
}
