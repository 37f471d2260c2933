package errorpage

// The bodies of the HTTP to HTTPS redirect (CF-VPP-07). Lines end with CRLF.
const (
	redirect301 = "<html>\r\n" +
		"<head><title>301 Moved Permanently</title></head>\r\n" +
		"<body>\r\n" +
		"<center><h1>301 Moved Permanently</h1></center>\r\n" +
		"<hr><center>CloudFront</center>\r\n" +
		"</body>\r\n" +
		"</html>\r\n"
	redirect307 = "<html>\r\n" +
		"<head><title>307 Temporary Redirect</title></head>\r\n" +
		"<body>\r\n" +
		"<center><h1>307 Temporary Redirect</h1></center>\r\n" +
		"<hr><center>CloudFront</center>\r\n" +
		"</body>\r\n" +
		"</html>\r\n"
)

// Redirect returns the body of the redirect to HTTPS: 167 bytes for 301 and
// 169 for 307 (TV-BYTE-01). Any other status has the body of 301, since the
// viewer protocol policy knows only these two (CF-VPP-02, CF-VPP-03).
func Redirect(status int) string {
	if status == 307 {
		return redirect307
	}
	return redirect301
}
