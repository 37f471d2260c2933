package h2

// A staticField is an entry of the static table.
type staticField struct {
	name, value string
	class       class
}

// staticTable is the table of RFC 7541 appendix A, from index 1.
var staticTable = func() (table [62]staticField) {
	for i, f := range [...][2]string{
		{":authority"}, {":method", "GET"}, {":method", "POST"}, {":path", "/"}, {":path", "/index.html"},
		{":scheme", "http"}, {":scheme", "https"},
		{":status", "200"}, {":status", "204"}, {":status", "206"}, {":status", "304"}, {":status", "400"}, {":status", "404"}, {":status", "500"},
		{"accept-charset"}, {"accept-encoding", "gzip, deflate"}, {"accept-language"}, {"accept-ranges"}, {"accept"},
		{"access-control-allow-origin"}, {"age"}, {"allow"}, {"authorization"}, {"cache-control"}, {"content-disposition"},
		{"content-encoding"}, {"content-language"}, {"content-length"}, {"content-location"}, {"content-range"}, {"content-type"},
		{"cookie"}, {"date"}, {"etag"}, {"expect"}, {"expires"}, {"from"}, {"host"}, {"if-match"}, {"if-modified-since"},
		{"if-none-match"}, {"if-range"}, {"if-unmodified-since"}, {"last-modified"}, {"link"}, {"location"}, {"max-forwards"},
		{"proxy-authenticate"}, {"proxy-authorization"}, {"range"}, {"referer"}, {"refresh"}, {"retry-after"}, {"server"},
		{"set-cookie"}, {"strict-transport-security"}, {"transfer-encoding"}, {"user-agent"}, {"vary"}, {"via"}, {"www-authenticate"},
	} {
		c := classify(f[0])
		c.bad = !c.kind.allows(f[1])
		table[i+1] = staticField{f[0], f[1], c}
	}
	return table
}()

// Indexes of the static table that responses refer to.
const (
	staticStatus200     = 8
	staticAge           = 21
	staticContentLength = 28
)

// staticStatus are the indexes of the statuses in the static table.
func staticStatus(status int) int {
	switch status {
	case 200:
		return staticStatus200
	case 204:
		return 9
	case 206:
		return 10
	case 304:
		return 11
	case 400:
		return 12
	case 404:
		return 13
	case 500:
		return 14
	}
	return 0
}

// staticNames are the static table's names, without pseudo-fields, by length.
var staticNames = func() (table [32][]staticName) {
	for i := range staticTable {
		name := staticTable[i].name
		if i > 14 {
			table[len(name)] = append(table[len(name)], staticName{name, uint8(i)})
		}
	}
	return table
}()

type staticName struct {
	name  string
	index uint8
}
