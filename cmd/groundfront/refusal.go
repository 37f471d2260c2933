package main

import (
	"crypto/rand"
	"encoding/base64"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/errorpage"
)

// refusalPage answers a request that never became an Exchange: it could not
// be parsed (CF-SIZE-10), or answering it failed.
func refusalPage(status int) (field.Lines, []byte) {
	var raw [40]byte
	_, _ = rand.Read(raw[:]) // never fails
	id := base64.URLEncoding.EncodeToString(raw[:])
	explanation := errorpage.ExplanationBadRequest
	if status >= 500 {
		explanation = errorpage.ExplanationOriginClosed
	}
	return field.Lines{
		{Name: "Server", Value: errorpage.Server},
		{Name: "Date", Value: time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")},
		{Name: "Content-Type", Value: errorpage.ContentType},
		{Name: "X-Cache", Value: "Error from cloudfront"},
		{Name: "X-Amz-Cf-Id", Value: id},
	}, errorpage.Append(nil, status, explanation, id)
}
