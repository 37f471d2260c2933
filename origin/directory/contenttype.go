package directory

import (
	"path"
	"strings"
)

// unknownType is what S3 calls an object whose content type nobody has given.
const unknownType = "binary/octet-stream"

// contentType returns the content type by the ending of a key, as command
// line tools give it when they upload. It does not depend on the system.
func (d *Directory) contentType(key string) string {
	ending := strings.ToLower(path.Ext(key))
	if t, ok := d.config.ContentTypes[ending]; ok {
		return t
	}
	if t, ok := contentTypes[ending]; ok {
		return t
	}
	return unknownType
}

var contentTypes = map[string]string{
	".aac": "audio/aac", ".apng": "image/apng", ".avif": "image/avif", ".bmp": "image/bmp", ".css": "text/css",
	".csv": "text/csv", ".doc": "application/msword",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".eot":  "application/vnd.ms-fontobject", ".epub": "application/epub+zip", ".flac": "audio/flac", ".gif": "image/gif",
	".gz": "application/gzip", ".htm": "text/html", ".html": "text/html", ".ico": "image/x-icon", ".ics": "text/calendar",
	".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".js": "text/javascript", ".json": "application/json",
	".jsonld": "application/ld+json", ".jxl": "image/jxl", ".m3u8": "application/vnd.apple.mpegurl", ".m4a": "audio/mp4",
	".m4s": "video/iso.segment", ".m4v": "video/mp4", ".map": "application/json", ".md": "text/markdown",
	".mjs": "text/javascript", ".mov": "video/quicktime", ".mp3": "audio/mpeg", ".mp4": "video/mp4",
	".mpd": "application/dash+xml", ".oga": "audio/ogg", ".ogg": "audio/ogg", ".ogv": "video/ogg", ".opus": "audio/ogg",
	".otf": "font/otf", ".pdf": "application/pdf", ".png": "image/png", ".ppt": "application/vnd.ms-powerpoint",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".rss":  "application/rss+xml", ".svg": "image/svg+xml", ".svgz": "image/svg+xml", ".tar": "application/x-tar",
	".tif": "image/tiff", ".tiff": "image/tiff", ".ts": "video/mp2t", ".ttf": "font/ttf", ".txt": "text/plain",
	".vtt": "text/vtt", ".wasm": "application/wasm", ".wav": "audio/wav", ".weba": "audio/webm", ".webm": "video/webm",
	".webmanifest": "application/manifest+json", ".webp": "image/webp", ".woff": "font/woff", ".woff2": "font/woff2",
	".xhtml": "application/xhtml+xml", ".xls": "application/vnd.ms-excel",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".xml":  "application/xml", ".yaml": "application/yaml", ".yml": "application/yaml", ".zip": "application/zip",
}
