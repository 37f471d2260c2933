package h2

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestHuffman: the code is that of RFC 7541 appendix B, as another
// implementation has it.
func TestHuffman(t *testing.T) {
	for c := range 256 {
		for _, s := range []string{string([]byte{byte(c)}), strings.Repeat(string([]byte{byte(c)}), 9), "x" + string([]byte{byte(c)}) + "/"} {
			coded := hpack.AppendHuffmanString(nil, s)
			if got, ok := appendHuffman(nil, coded); string(got) != s || !ok {
				t.Errorf("%q coded as %x: got %q, %v", s, coded, got, ok)
			}
		}
	}
}

// FuzzHuffman: what one implementation refuses the other does too, and what
// they accept means the same.
func FuzzHuffman(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0xff})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Add(hpack.AppendHuffmanString(nil, "/index.html?a=\x00\xff"))
	f.Fuzz(func(t *testing.T, coded []byte) {
		want, err := hpack.HuffmanDecodeToString(coded)
		got, ok := appendHuffman(nil, coded)
		if ok != (err == nil) || ok && string(got) != want {
			t.Errorf("%x: got %q, %v, want %q, %v", coded, got, ok, want, err)
		}
	})
}

// decodeAll returns the plain fields of a block.
func decodeAll(d *decoder, block []byte) (field.Lines, error) {
	h := new(head)
	h.reset(1<<20, 1<<20)
	err := d.decode(block, h)
	return slices.Clone(h.fields), err
}

// TestDecodeRFC: the examples of RFC 7541 appendix C.4, three blocks with one
// table.
func TestDecodeRFC(t *testing.T) {
	d := &decoder{max: tableSize}
	for i, tt := range []struct{ block, path, fields string }{
		{"\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff", "/", "[]"},
		{"\x82\x86\x84\xbe\x58\x86\xa8\xeb\x10\x64\x9c\xbf", "/", "[{cache-control no-cache}]"},
		{"\x82\x87\x85\xbf\x40\x88\x25\xa8\x49\xe9\x5b\xa9\x7d\x7f\x89\x25\xa8\x49\xe9\x5b\xb8\xe8\xb4\xbf", "/index.html", "[{custom-key custom-value}]"},
	} {
		h := new(head)
		h.reset(1<<20, 1<<20)
		if err := d.decode([]byte(tt.block), h); err != nil {
			t.Fatalf("block %d: %v", i, err)
		}
		if got := fmt.Sprint(h.fields); h.method != "GET" || h.path != tt.path || h.authority != "www.example.com" || got != tt.fields {
			t.Errorf("block %d: got %s %s %s %s, want GET %s www.example.com %s", i, h.method, h.path, h.authority, got, tt.path, tt.fields)
		}
	}
	if d.size != 164 {
		t.Errorf("table: got %d bytes, want 164", d.size)
	}
}

// TestDecodeRefuses: blocks that mean nothing.
func TestDecodeRefuses(t *testing.T) {
	for _, block := range []string{
		"\x80",                 // index 0
		"\xbe", "\xff\x80\x01", // beyond the table
		"\x3f\xe2\x1f",                                 // a table of 4,097 bytes
		"\x82\x20",                                     // the size of the table behind a field
		"\x40", "\x40\x01", "\x40\x01a\x05abc", "\x7f", // too short
		"\x00\x81\x00\x01a",                            // padding of zeros
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", // more than an integer
	} {
		if got, err := decodeAll(&decoder{max: tableSize}, []byte(block)); err == nil {
			t.Errorf("%x: got %q, want an error", block, got)
		}
	}
}

// TestTableSizeIsSaid: a viewer that wants another table is told its size in the
// next block, once (RFC 7541 section 4.2).
func TestTableSizeIsSaid(t *testing.T) {
	e := encoder{max: tableSize}
	e.setMax(tableSize)
	if got := e.begin(nil); got != nil {
		t.Errorf("no change: got %x", got)
	}
	e.setMax(100)
	e.setMax(0)
	e.setMax(200)
	if got, again := e.begin(nil), e.begin(nil); string(got) != "\x20" || again != nil {
		t.Errorf("several changes: got %x and %x, want 20", got, again)
	}
}

// FuzzDecode: for any sequence of blocks the decoder finds the fields that
// another implementation finds, or refuses the block as that does. Sizes of the
// table are apart: the other takes late ones while the table is empty, and of
// several in front only the first while it is not.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff"), []byte("\x82\x86\x84\xbe\x58\x08no-cache"), []byte("\x20\x3f\xe1\x1f\x40\x01a\x01b\xbe"))
	var block bytes.Buffer
	e := hpack.NewEncoder(&block)
	for i := range 200 {
		e.WriteField(hpack.HeaderField{Name: fmt.Sprintf("name-%d", i%7), Value: strings.Repeat("v", i), Sensitive: i%3 == 0})
	}
	f.Add(block.Bytes(), []byte("\xbe\xbf\xc0\xc1"), []byte("\x7f\x80\x01\x03abc"))
	f.Fuzz(func(t *testing.T, one, two, three []byte) {
		ours := &decoder{max: tableSize}
		theirs := hpack.NewDecoder(tableSize, nil)
		for _, block := range [][]byte{one, two, three} {
			if len(block) == 0 {
				continue
			}
			var want []string
			theirs.SetEmitFunc(func(f hpack.HeaderField) { want = append(want, f.Name+": "+f.Value) })
			_, err := theirs.Write(block)
			if err == nil {
				err = theirs.Close()
			}
			c := new(collector)
			ok := ours.decode(block, c.head(1<<20)) == nil
			if ok != (err == nil) && resizesLate(block) {
				return
			}
			if ok != (err == nil) {
				t.Fatalf("%x: got %v, want %v", block, ok, err)
			}
			if !ok {
				return
			}
			if got := c.lines(); !slices.Equal(got, normalized(want)) {
				t.Fatalf("%x:\ngot  %q\nwant %q", block, got, want)
			}
			if ours.size > tableSize || cap(ours.arena) > 4*tableSize+2*len(block) {
				t.Fatalf("%x: the table has %d bytes in %d of memory", block, ours.size, cap(ours.arena))
			}
		}
	})
}

// A collector compares heads: they keep fields apart by what they mean, and
// drop those with which a message is malformed.
type collector struct{ h head }

func (c *collector) head(limit int) *head {
	c.h.reset(limit, 1<<20)
	return &c.h
}

func (c *collector) lines() []string {
	all := []string{}
	for _, l := range c.h.fields {
		all = append(all, l.Name+": "+l.Value)
	}
	return all
}

// normalized is what a head keeps among its fields.
func normalized(fields []string) []string {
	all, cookie := []string{}, -1
	host := 0
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		if strings.HasPrefix(name, ":") { // a name may hold ": " itself
			continue
		}
		k := kindOf(name)
		if k == kindInvalid || k == kindConnection || !k.allows(value) {
			continue
		}
		switch k {
		case kindHost:
			host++
			continue
		case kindCookie:
			if cookie >= 0 {
				all[cookie] += "; " + value
				continue
			}
			cookie = len(all)
		}
		all = append(all, f)
	}
	return all
}

// resizesLate reports whether a block may set the size of the table behind its
// first byte; it errs on the side of yes.
func resizesLate(block []byte) bool {
	return slices.ContainsFunc(block[1:], func(b byte) bool { return b&0xe0 == 0x20 })
}

// TestDecodeRandom runs long random conversations through both
// implementations: the table turns over many times.
func TestDecodeRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var block bytes.Buffer
	e := hpack.NewEncoder(&block)
	d := &decoder{max: tableSize}
	for range 2000 {
		block.Reset()
		if random.IntN(20) == 0 {
			e.SetMaxDynamicTableSize(uint32(random.IntN(tableSize + 1)))
		}
		var want []string
		for range random.IntN(12) {
			f := hpack.HeaderField{Name: fmt.Sprintf("n%d", random.IntN(30)), Value: strings.Repeat("v", random.IntN(300)), Sensitive: random.IntN(5) == 0}
			e.WriteField(f)
			want = append(want, f.Name+": "+f.Value)
		}
		if random.IntN(50) == 0 {
			d.shrink()
			if live := d.size - entryOverhead*len(d.entries); cap(d.arena) > live+live/4+16 { // size classes of the allocator
				t.Fatalf("after shrink: got %d bytes of memory for %d", cap(d.arena), live)
			}
		}
		c := new(collector)
		if err := d.decode(block.Bytes(), c.head(1<<20)); err != nil {
			t.Fatalf("%x: %v", block.Bytes(), err)
		}
		if got := c.lines(); !slices.Equal(got, want) && len(want) > 0 {
			t.Fatalf("%x:\ngot  %q\nwant %q", block.Bytes(), got, want)
		}
	}
	var large []byte
	for range 1000 {
		large = append(large, "\x40\x03abc\x7f\x00"+strings.Repeat("v", 127)...)
	}
	for _, block := range [][]byte{large, nil} {
		if _, err := decodeAll(d, block); err != nil {
			t.Fatal(err)
		}
	}
	if cap(d.arena) > 4*tableSize {
		t.Errorf("the table takes %d bytes of memory, want at most %d", cap(d.arena), 4*tableSize)
	}
}

// TestHeaderBomb: a block of 16 KiB that stands for a list of 60 MiB is decoded
// without one.
func TestHeaderBomb(t *testing.T) {
	block := []byte{0x40, 1, 'a', 0x7f, 0x80 | 0x61, 0x1e} // a value of 4,064 bytes
	block = append(append(block[:3:3], appendInt(nil, 0, 7, 4000)...), bytes.Repeat([]byte("v"), 4000)...)
	block = append(block, bytes.Repeat([]byte{0xbe}, 15_000)...)
	d := &decoder{max: tableSize}
	h := new(head)
	h.reset(64<<10, 1<<20)
	if err := d.decode(block, h); err != nil {
		t.Fatal(err)
	}
	if !h.tooLarge || len(h.fields) > 17 || len(h.text) > 0 {
		t.Errorf("got too large %v, %d fields, %d bytes of text", h.tooLarge, len(h.fields), len(h.text))
	}
}

// TestFieldCount: fields beyond the bound get 494, and the connection ends; each part
// of a cookie that was split is one, pseudo-fields are none, and behind content they
// reset the stream (reliability H12).
func TestFieldCount(t *testing.T) {
	for _, tt := range []struct {
		name, say string
		crumbs    int
		want      string
	}{
		{"as many as may be", "HEADERS 1 END_STREAM GET /5", 10, ":status=200"},
		{"one more", "HEADERS 1 END_STREAM GET /5", 11, ":status=494"},
		{"with Host", "HEADERS 1 END_STREAM GET /5 host=example.com", 10, ":status=494"},
		{"behind content", "HEADERS 1 POST /wait;HEADERS 1 END_STREAM :trailer", 10, ""},
		{"too many behind content", "HEADERS 1 POST /wait;HEADERS 1 END_STREAM :trailer", 11, "RST_STREAM 1 PROTOCOL_ERROR"},
	} {
		s := newShelf()
		h := func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			if r.Path == "/wait" {
				<-ctx.Done()
				return
			}
			s.handle(ctx, w, r)
		}
		run(t, Options{Handler: h, Hit: s.hit, MaxFields: 10}, func(k *talk) {
			say := strings.Replace(tt.say, " :trailer", "", 1) + strings.Repeat(" cookie=a", tt.crumbs)
			got := k.say(strings.Split(say, ";")...)
			if !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
				t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
			}
			if strings.Contains(tt.want, "494") && !strings.Contains(got, "GOAWAY") {
				t.Errorf("%s: got %q, want the connection to end", tt.name, got)
			}
			k.say("RST_STREAM 1 CANCEL")
		})
	}
}

// TestEncode: what the encoder says is what another implementation hears, with
// a table of any size, also when that changes.
func TestEncode(t *testing.T) {
	edges := make([]*viewer.ReadyFields, 5)
	for i := range edges {
		edges[i] = viewer.NewReadyFields(field.Lines{
			{Name: "Connection", Value: "keep-alive"}, {Name: "X-Cache", Value: fmt.Sprint("Hit ", i)},
			{Name: "Via", Value: "1.1 edge (CloudFront)"}, {Name: "X-Amz-Cf-Pop", Value: strings.Repeat("P", 100*i)},
		})
	}
	random := rand.New(rand.NewPCG(3, 4))
	e := encoder{max: tableSize}
	theirs := hpack.NewDecoder(tableSize, nil)
	for range 3000 {
		if random.IntN(10) == 0 {
			size := uint32(random.IntN(5000))
			if random.IntN(3) == 0 {
				size = 0
			}
			theirs.SetAllowedMaxDynamicTableSize(min(size, tableSize))
			e.setMax(size)
		}
		edge := edges[random.IntN(len(edges))]
		var id viewer.RequestID
		copy(id[:], strings.Repeat(string(rune('a'+random.IntN(26))), len(id)))
		block := e.appendStatus(e.begin(nil), 203)
		block = appendStored(block, "Content-Type: text/html\r\nX-Empty:\r\nKeep-Alive: 5\r\nETag: \"x\"\r\nX-Long: "+strings.Repeat("l", 200)+"\r\n")
		block = e.appendEdge(block, edge)
		block = e.appendID(block, &id)
		block = appendNumber(block, staticAge, 12)
		block = appendNumber(block, staticContentLength, 1024)
		fields, err := theirs.DecodeFull(block)
		if err != nil {
			t.Fatalf("%x: %v", block, err)
		}
		var got []string
		for _, f := range fields {
			got = append(got, f.Name+": "+f.Value)
		}
		want := []string{":status: 203", "content-type: text/html", "x-empty: ", "etag: \"x\"", "x-long: " + strings.Repeat("l", 200),
			"x-cache: " + edge.Lines[1].Value, "via: 1.1 edge (CloudFront)", "x-amz-cf-pop: " + edge.Lines[3].Value,
			"x-amz-cf-id: " + string(id[:]), "age: 12", "content-length: 1024"}
		if !slices.Equal(got, want) {
			t.Fatalf("got\n%q\nwant\n%q", got, want)
		}
		if e.size > e.max {
			t.Fatalf("the table has %d bytes, want at most %d", e.size, e.max)
		}
	}
}

// browserBlock is the header block of a browser's request, the second time: all
// but the path is in the table.
func browserBlock(e *hpack.Encoder, out *bytes.Buffer, path string) []byte {
	out.Reset()
	for _, f := range [][2]string{
		{":method", "GET"}, {":authority", "api.example"}, {":scheme", "https"}, {":path", path},
		{"sec-ch-ua", `"Chromium";v="126", "Not/A)Brand";v="8"`}, {"sec-ch-ua-mobile", "?0"}, {"sec-ch-ua-platform", `"Linux"`},
		{"user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"},
		{"accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"},
		{"sec-fetch-site", "none"}, {"sec-fetch-mode", "navigate"}, {"sec-fetch-dest", "document"},
		{"accept-encoding", "gzip, deflate, br, zstd"}, {"accept-language", "en-US,en;q=0.9"}, {"priority", "u=0, i"},
	} {
		e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1], Sensitive: f[0] == ":path"})
	}
	return slices.Clone(out.Bytes())
}

// TestStored: lines of any form become the fields that they are.
func TestStored(t *testing.T) {
	long := strings.Repeat("N", 200)
	tests := []struct{ in, want string }{
		{"", ""},
		{"A: 1\r\nContent-Type: b\r\n", "a=1 content-type=b"},
		{"A:1\r\nB:\r\nC:  x:y \r\n", "a=1 b= c= x:y "},
		{"Connection: close\r\nContent-Length: 5\r\nX: 1\r\nTE: x\r\n", "x=1"},
		{long + ": 1\r\nX: 2\r\n", strings.ToLower(long) + "=1 x=2"},
		{"no colon\r\nX: 2\r\n", "x=2"},
		{"X: 2\r\nends early", "x=2"},
		{"Set-Cookie: " + strings.Repeat("c", 300) + "\r\n", "set-cookie=" + strings.Repeat("c", 300)},
	}
	for _, tt := range tests {
		fields, err := hpack.NewDecoder(tableSize, nil).DecodeFull(appendStored(nil, tt.in))
		var got []string
		for _, f := range fields {
			got = append(got, f.Name+"="+f.Value)
		}
		if strings.Join(got, " ") != tt.want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", tt.in, got, err, tt.want)
		}
	}
}

// TestHeadCache: what is remembered is what would be encoded, whatever lies at
// an address now.
func TestHeadCache(t *testing.T) {
	c := new(headCache)
	memory := []byte("X-A: 1\r\n")
	for range 3 {
		for _, value := range "12345" {
			memory[5] = byte(value)
			for _, lines := range []string{view(memory), strings.Clone(view(memory)), "", view(memory) + "X-Long: " + strings.Repeat("l", cachedBytes) + "\r\n"} {
				if got, want := c.append([]byte("-"), lines), appendStored([]byte("-"), lines); !bytes.Equal(got, want) {
					t.Fatalf("%q: got %q, want %q", lines, got, want)
				}
			}
		}
	}
}

// appendHuffmanCoded is appendStored with Huffman coding.
func appendHuffmanCoded(out []byte, lines string) []byte {
	for line := range strings.SplitSeq(strings.TrimSuffix(lines, "\r\n"), "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		out = appendName(out, 0, 4, name)
		out = appendInt(out, 0x80, 7, int(hpack.HuffmanEncodeLength(value)))
		out = hpack.AppendHuffmanString(out, value)
	}
	return out
}

func BenchmarkStored(b *testing.B) {
	out := make([]byte, 0, 1024)
	for name, encode := range map[string]func([]byte, string) []byte{"cached": new(headCache).append, "anew": appendStored, "rejected-huffman": appendHuffmanCoded} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				encode(out, stored)
			}
			b.ReportMetric(float64(len(encode(nil, stored))), "bytes")
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	var buffer bytes.Buffer
	e := hpack.NewEncoder(&buffer)
	first, warm := browserBlock(e, &buffer, "/b/1k"), browserBlock(e, &buffer, "/b/1k")
	b.Run("ours", func(b *testing.B) {
		d := &decoder{max: tableSize}
		h := new(head)
		h.reset(64<<10, 1<<20)
		d.decode(first, h)
		b.ReportAllocs()
		for b.Loop() {
			h.reset(64<<10, 1<<20)
			if d.decode(warm, h) != nil {
				b.Fatal("malformed")
			}
		}
	})
	b.Run("rejected-x-net", func(b *testing.B) {
		d := hpack.NewDecoder(tableSize, func(hpack.HeaderField) {})
		d.Write(first)
		d.Close()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := d.Write(warm); err != nil {
				b.Fatal(err)
			}
			d.Close()
		}
	})
}

func BenchmarkHuffman(b *testing.B) {
	coded := hpack.AppendHuffmanString(nil, "/products/1234/reviews?page=2&sort=newest")
	b.Run("ours", func(b *testing.B) {
		out := make([]byte, 0, 100)
		b.ReportAllocs()
		for b.Loop() {
			appendHuffman(out, coded)
		}
	})
	b.Run("rejected-x-net", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			hpack.HuffmanDecode(io.Discard, coded)
		}
	})
}
