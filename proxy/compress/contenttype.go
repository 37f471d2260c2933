package compress

import (
	"slices"
	"strings"
)

// Compressible reports whether a Content-Type value names a media type of
// table CF-CT. Parameters and letter case do not count (CF-CMP-15).
func Compressible(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	mediaType = strings.Trim(mediaType, " \t")
	_, found := slices.BinarySearchFunc(compressible, mediaType, compareFold)
	return found
}

// compareFold orders an entry of the table, which is lower case, against a
// media type in any case, byte by byte.
func compareFold(entry, mediaType string) int {
	for i := range min(len(entry), len(mediaType)) {
		c := mediaType[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if entry[i] != c {
			return int(entry[i]) - int(c)
		}
	}
	return len(entry) - len(mediaType)
}

// compressible is table CF-CT, complete and sorted. The last entry has no
// slash in Amazon's list either.
var compressible = []string{
	"application/dash+xml",
	"application/eot",
	"application/font",
	"application/font-sfnt",
	"application/javascript",
	"application/json",
	"application/opentype",
	"application/otf",
	"application/pdf",
	"application/pkcs7-mime",
	"application/protobuf",
	"application/rss+xml",
	"application/truetype",
	"application/ttf",
	"application/vnd.apple.mpegurl",
	"application/vnd.mapbox-vector-tile",
	"application/vnd.ms-fontobject",
	"application/wasm",
	"application/x-font-opentype",
	"application/x-font-truetype",
	"application/x-font-ttf",
	"application/x-httpd-cgi",
	"application/x-javascript",
	"application/x-mpegurl",
	"application/x-opentype",
	"application/x-otf",
	"application/x-perl",
	"application/x-ttf",
	"application/xhtml+xml",
	"application/xml",
	"font/eot",
	"font/opentype",
	"font/otf",
	"font/ttf",
	"image/svg+xml",
	"text/css",
	"text/csv",
	"text/html",
	"text/javascript",
	"text/js",
	"text/plain",
	"text/richtext",
	"text/tab-separated-values",
	"text/x-component",
	"text/x-java-source",
	"text/x-script",
	"text/xml",
	"vnd.apple.mpegurl",
}
