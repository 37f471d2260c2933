package errorpage

// ContentTypeXML is the Content-Type of what XML returns.
const ContentTypeXML = "text/xml"

// XML returns the content of the answer to a request without a valid signature
// (CF-SIG-51 to CF-SIG-55). Code and message are texts of ours.
func XML(code, message string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + code + `</Code><Message>` + message + `</Message></Error>`
}
