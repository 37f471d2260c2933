package accesslog

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"time"
)

// A Connection is a line of the connection log: a handshake in which a viewer was
// asked for a certificate (CF-CLOG-01). What is not known is "".
type Connection struct {
	Began         time.Time
	ID            string
	Failure       string // code of CF-CLOG-02, "" for a connection
	Remote, Local netip.AddrPort
	Distribution  string // its id
	TLSVersion    string // "TLSv1.3"
	TLSCipher     string
	Took          time.Duration
	ServerName    string
	SerialNumber  string
	Subject       string
	Issuer        string
	Validity      string
}

// connectionLine is a Connection as it is written, in the order of CF-CLOG-01.
// There are neither tenants nor Connection Functions, so their fields are "-", as
// empty ones are everywhere.
type connectionLine struct {
	EventTimestamp             string `json:"eventTimestamp"`
	ConnectionID               string `json:"connectionId"`
	ConnectionStatus           string `json:"connectionStatus"`
	ClientIP                   string `json:"clientIp"`
	ClientPort                 uint16 `json:"clientPort"`
	ServerIP                   string `json:"serverIp"`
	DistributionID             string `json:"distributionId"`
	DistributionTenantID       string `json:"distributionTenantId"`
	TLSProtocol                string `json:"tlsProtocol"`
	TLSCipher                  string `json:"tlsCipher"`
	TLSHandshakeDuration       int64  `json:"tlsHandshakeDuration"`
	TLSSNI                     string `json:"tlsSni"`
	ClientLeafCertSerialNumber string `json:"clientLeafCertSerialNumber"`
	ClientLeafCertSubject      string `json:"clientLeafCertSubject"`
	ClientLeafCertIssuer       string `json:"clientLeafCertIssuer"`
	ClientLeafCertValidity     string `json:"clientLeafCertValidity"`
	ConnectionLogCustomData    string `json:"connectionLogCustomData"`
}

// Append appends the line, with its line feed, to b.
func (c *Connection) Append(b []byte) []byte {
	status := "Success"
	if c.Failure != "" {
		status = "Failed:" + c.Failure
	}
	line, err := json.Marshal(connectionLine{
		EventTimestamp: c.Began.UTC().Format("2006-01-02T15:04:05.000Z"), ConnectionID: c.ID, ConnectionStatus: status,
		ClientIP: c.Remote.Addr().String(), ClientPort: c.Remote.Port(), ServerIP: c.Local.Addr().String(),
		DistributionID: c.Distribution, DistributionTenantID: "-",
		TLSProtocol: cmp.Or(c.TLSVersion, "-"), TLSCipher: cmp.Or(c.TLSCipher, "-"), TLSHandshakeDuration: c.Took.Milliseconds(), TLSSNI: cmp.Or(c.ServerName, "-"),
		ClientLeafCertSerialNumber: cmp.Or(c.SerialNumber, "-"), ClientLeafCertSubject: cmp.Or(c.Subject, "-"),
		ClientLeafCertIssuer: cmp.Or(c.Issuer, "-"), ClientLeafCertValidity: cmp.Or(c.Validity, "-"), ConnectionLogCustomData: "-",
	})
	if err != nil {
		panic(err) // cannot happen: strings and numbers
	}
	return append(append(b, line...), '\n')
}
