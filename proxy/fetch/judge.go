package fetch

import (
	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/body"
	"github.com/groundfront/groundfront/cache/cachecontrol"
	"github.com/groundfront/groundfront/cache/conditional"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/compress"
	"github.com/groundfront/groundfront/proxy/overload"
)

// judge decides what becomes of the response: stored or not and for how
// long, shared or not, compressed or not (CF-PIPE-16, CF-PIPE-17). Then the
// viewers get its head.
func judge(ft *Fetch) state {
	a := ft.answered
	ft.part = ft.partOf(a)
	ft.verdict = freshness.Judge(ft.rules.Freshness, ft.errors(), ft.response(a.Status, a.Fields))
	switch {
	case ft.req.Conditional && a.Status == 412: // answers one viewer's condition
		ft.verdict = freshness.Verdict{NoStore: freshness.NoStoreStatus}
	case ft.req.Upgrade != "", ft.req.GRPC: // a GET or POST in form only (CF-WS-08, CF-GRPC-03)
		ft.verdict = freshness.Verdict{NoStore: freshness.NoStoreMethod}
	}
	if ft.verdict.Storable() && ft.overload.Level() >= overload.LevelStopFilling { // reliability D6
		ft.overload.Count(overload.ShedStore)
		ft.verdict.NoStore = freshness.NoStoreFull // who asks meanwhile may still have it
	}
	ft.fields, ft.length = a.Fields, a.ContentLength
	if !ft.direct || ft.verdict.Storable() { // else nobody looks at the original any more
		ft.fields = a.Fields.Clone()
	}
	ft.cleanResponse(&ft.fields)
	ft.fields.Del("Content-Length")
	if !ft.fields.Has("Date") { // CF-AGE-02
		ft.fields.Add("Date", cachecontrol.FormatDate(ft.received))
	}
	switch {
	case ft.direct:
		ft.publishDirect()
		return nil
	case ft.req.rest != nil:
		return judgeRest
	}
	ft.heedHead()
	ft.keepApart(ft.fields)
	ft.noteRefusal()
	ft.compress()
	ft.markShare()
	if ft.passesOn() {
		result := ft.newResult()
		result.Direct, result.Pending = a.Body, a.Pending
		ft.publish(result)
		return nil
	}
	ft.openContent()
	if ft.content == nil && ft.hasContent() {
		return refuseContent
	}
	ft.publish(ft.newResult())
	return transfer
}

// judgeRest decides about an answer for viewers that were left behind: it is
// not stored, and of no use if it is not what they still have to read.
func judgeRest(ft *Fetch) state {
	ft.verdict = freshness.Verdict{NoStore: freshness.NoStorePartialContent}
	if ft.isRest() {
		ft.openContent()
	} else {
		ft.req.rest.streams.lost.Store(true)
	}
	if ft.content == nil {
		return refuseContent
	}
	ft.req.rest.streams.add(tail{ft.req.rest.from, ft.content})
	ft.publish(ft.newResult())
	return transfer
}

// compress decides about compression and changes the fields accordingly
// (CF-CMP-01, CF-CMP-13, CF-CMP-20).
func (ft *Fetch) compress() {
	ae := ft.req.AcceptEncoding
	decision := compress.Decide(ft.rules.Compress,
		compress.Request{Method: ft.req.Method, HTTP10: ft.req.HTTP10, Gzip: ae.Gzip(), Brotli: ae.Brotli()},
		compress.Response{Status: ft.answered.Status, Fields: ft.answered.Fields, ContentLength: ft.answered.ContentLength})
	ft.coding = decision.Coding()
	if ft.coding == compress.CodingIdentity {
		return
	}
	ft.length = -1
	ft.fields.Add("Content-Encoding", ft.coding.String())
	addVary(&ft.fields, "Accept-Encoding")
	if tag, has := ft.fields.Lookup("ETag"); has {
		ft.originETag = tag
		if weak := conditional.Weaken(tag); weak != "" {
			ft.fields.Set("ETag", weak)
		} else {
			ft.fields.Del("ETag")
		}
	}
}

// noteRefusal drops the stale response that a 4xx speaks against, by choice;
// one that is stored takes its place in any case (CF-STALE-05).
func (ft *Fetch) noteRefusal() {
	refused := ft.answered.Status >= 400 && ft.answered.Status < 500
	if refused && ft.stale != nil && !ft.verdict.Storable() && !ft.strict() && ft.rules.Choices.StaleAfter4xx == StaleAfter4xxDrop {
		ft.cache.Drop(ft.stale)
	}
}

// addVary adds name to Vary unless it is there.
func addVary(fields *field.Lines, name string) {
	value, has := fields.Joined("Vary"), fields.Has("Vary")
	for member := range field.Elements(value) {
		if field.EqualName(member, name) || member == "*" {
			return
		}
	}
	if has && value != "" {
		name = value + ", " + name
	}
	fields.Set("Vary", name)
}

// markShare remembers whether the next requests for the key need to queue
// behind each other. The answer to a range or a viewer's condition says
// nothing about that, nor does what one viewer wants not to be stored: he could
// undo the sharing of all.
func (ft *Fetch) markShare() {
	if ft.req.Range != "" || ft.req.NoStore || ft.req.Conditional {
		return
	}
	if ft.verdict.Share == freshness.ShareAllowed {
		ft.cache.MarkShared(ft.req.MarkHash())
	} else {
		ft.cache.MarkUnshared(ft.req.MarkHash(), ft.received)
	}
}

// openContent makes the buffer that viewers read from and, unless the
// response will not be stored, the first parts of its future entry. There is
// no buffer if there is no content, or no memory for it.
func (ft *Fetch) openContent() {
	o := body.Options{
		Length: ft.length, Abandoned: ft.cancel,
		OpenWindow: ft.openWindow, CloseWindow: ft.closeWindow,
	}
	if ft.verdict.Storable() {
		ft.prefix = ft.entryPrefix()
		o.Prefix, o.Limit = ft.prefix, ft.cache.MaxObjectSize()
		o.Reserve, o.Release = ft.reserve, ft.release
	} else {
		ft.spare = ft.cache.OpenWindow(ft.length) // before anybody is told that there is content
		if rest := ft.req.rest; rest != nil && ft.spare == 0 {
			ft.spare, rest.spent = body.MinWindow, true
		}
	}
	if !ft.hasContent() || o.Limit == 0 && ft.spare == 0 {
		return
	}
	if ft.mayGoOn() {
		ft.openStreams()
		o.Leave = ft.leave
	}
	ft.content = body.New(o)
	if ft.leader != nil {
		ft.reader = ft.newContent(ft.content.NewReader(), ft.rules, ft.req, ft.streams)
		ft.reader.endWith(ft.leader)
	}
}

// openWindow grants the memory of a window, first what the fetch has already.
func (ft *Fetch) openWindow() int64 {
	if n := ft.spare; n > 0 {
		ft.spare = 0
		return n
	}
	return ft.cache.OpenWindow(-1)
}

// refuseContent ends a fetch for whose content there is no memory: as many
// responses stream through as may.
func refuseContent(ft *Fetch) state {
	ft.answered.Body.Close()
	ft.publish(refused(503))
	return nil
}

// hasContent reports whether the response has content at all (RFC 9112
// section 6.3).
func (ft *Fetch) hasContent() bool {
	switch status := ft.answered.Status; {
	case ft.req.Method == "HEAD", status == 204, status == 304, status < 200:
		return false
	}
	return true
}

// storedFields returns the fields without those that reach only the viewer of
// this fetch (CF-TTL-14).
func (ft *Fetch) storedFields() field.Lines {
	if len(ft.verdict.DropFields)+len(ft.verdict.DropPrivateFields) == 0 {
		return ft.fields
	}
	stored := ft.fields.Clone()
	stored.DeleteFunc(func(l field.Line) bool { return ft.verdict.Drops(l.Name) })
	return stored
}

// entryPrefix returns the parts of the entry's block before its content.
func (ft *Fetch) entryPrefix() []byte {
	stored := ft.storedFields()
	if ft.part != nil { // the parts of one response share their fields
		stored = stored.Clone()
		stored.Del("Content-Range")
	}
	ft.tags = ft.cacheTags(ft.answered.Fields)
	size := cache.PrefixSize(ft.req.Key, ft.originETag, stored) + len(ft.tags)
	return append(cache.AppendPrefix(make([]byte, 0, size), ft.req.Key, ft.originETag, stored), ft.tags...)
}

// cacheTags returns the cache tags that a response carries (CF-TAG-01).
func (ft *Fetch) cacheTags(fields field.Lines) invalidation.Tags {
	if ft.rules.CacheTagHeader == "" {
		return nil
	}
	return invalidation.AppendTags(nil, fields.Joined(ft.rules.CacheTagHeader))
}

func (ft *Fetch) newResult() *Result {
	r := &ft.memory.result
	*r = Result{
		Kind: KindResponse, Status: ft.answered.Status, Fields: ft.storedFields(), Length: ft.length,
		Body: ft.content, NoStore: ft.verdict.NoStore, Timing: ft.answered.Timing, Times: ft.verdict.Times(ft.received),
		shared: ft.verdict.Share == freshness.ShareAllowed, Part: ft.part, streams: ft.streams, Layer: ft.layer(),
	}
	if ft.part != nil {
		r.Drops = ft.verdict.Drops
	}
	if ft.req.Selection.Primary != nil {
		r.names, r.variant = ft.req.Selection.Names, ft.req.Key
	}
	return r
}

// meta returns what the entry of this fetch knows besides its bytes.
func (ft *Fetch) meta(status int, length int64) cache.Meta {
	return cache.Meta{
		Hash: ft.req.Hash, Status: uint16(status),
		Times: ft.verdict.Times(ft.received), Revalidation: ft.verdict.Revalidation,
		Epoch: ft.ticket.Epoch, Order: ft.ticket.Order,
		HeadOnly: ft.req.Method == "HEAD", Length: length, Strict: ft.req.Changeable,
		Compressed: ft.coding != compress.CodingIdentity,
		TagCount:   uint8(ft.tags.Len()),
	}
}
