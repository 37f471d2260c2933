package cachecontrol

import (
	"errors"
	"strings"
	"time"
)

// ErrDate is returned for text that is none of the three forms of HTTP-date.
var ErrDate = errors.New("not an HTTP date")

const (
	days   = "SunMonTueWedThuFriSat"
	months = "JanFebMarAprMayJunJulAugSepOctNovDec"
)

// FormatDate writes an HTTP-date in its present form (RFC 9110 section 5.6.7).
func FormatDate(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT") }

// ParseDate reads an HTTP-date (RFC 9110 section 5.6.7) in its present form
// or one of the two obsolete ones:
//
//	Sun, 06 Nov 1994 08:49:37 GMT
//	Sunday, 06-Nov-94 08:49:37 GMT
//	Sun Nov  6 08:49:37 1994
//
// It is strict about case, spacing, the zone and the calendar, because "0",
// "-1" and local formats must count as already expired (CF-TTL-19). The day
// of the week must be a name but need not be the right one. A two-digit year
// is the latest one with these digits that is less than 50 years after now.
// It does not allocate; its only error is ErrDate.
func ParseDate(s string, now time.Time) (time.Time, error) {
	var t time.Time
	var ok bool
	switch {
	case len(s) == len("Sun Nov  6 08:49:37 1994"):
		t, ok = parseASCTime(s)
	case len(s) > 3 && s[3] == ',':
		t, ok = parseIMF(s)
	default:
		t, ok = parseRFC850(s, now)
	}
	if !ok {
		return time.Time{}, ErrDate
	}
	return t, nil
}

// parseIMF reads "Sun, 06 Nov 1994 08:49:37 GMT".
func parseIMF(s string) (time.Time, bool) {
	if len(s) != 29 || index3(days, s[:3]) < 0 || s[3:5] != ", " ||
		s[7] != ' ' || s[11] != ' ' || s[16] != ' ' || s[25:] != " GMT" {
		return time.Time{}, false
	}
	return civil(number(s[12:16]), index3(months, s[8:11]), number(s[5:7]), s[17:25])
}

// parseASCTime reads "Sun Nov  6 08:49:37 1994".
func parseASCTime(s string) (time.Time, bool) {
	if index3(days, s[:3]) < 0 || s[3] != ' ' || s[7] != ' ' || s[10] != ' ' || s[19] != ' ' {
		return time.Time{}, false
	}
	day := s[8:10]
	if day[0] == ' ' {
		day = day[1:]
	}
	return civil(number(s[20:]), index3(months, s[4:7]), number(day), s[11:19])
}

// parseRFC850 reads "Sunday, 06-Nov-94 08:49:37 GMT".
func parseRFC850(s string, now time.Time) (time.Time, bool) {
	name, s, found := strings.Cut(s, ", ")
	if !found || len(s) != 22 || !isLongDay(name) ||
		s[2] != '-' || s[6] != '-' || s[9] != ' ' || s[18:] != " GMT" {
		return time.Time{}, false
	}
	yy := number(s[7:9])
	if yy < 0 {
		return time.Time{}, false
	}
	return civil(fullYear(yy, now), index3(months, s[3:6]), number(s[:2]), s[10:18])
}

// fullYear places two digits in the hundred years that end 49 years from now.
func fullYear(yy int, now time.Time) int {
	last := now.UTC().Year() + 49
	return last - ((last-yy)%100+100)%100
}

// isLongDay reports whether name is the full name of a day.
func isLongDay(name string) bool {
	switch name {
	case "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday":
		return true
	}
	return false
}

// civil builds the time if the numbers are a date of the calendar. Second 60
// is a leap second and runs into the next minute. The month counts from 0.
func civil(year, month, day int, clock string) (time.Time, bool) {
	h, m, sec := number(clock[:2]), number(clock[3:5]), number(clock[6:])
	if clock[2] != ':' || clock[5] != ':' || year < 0 || month < 0 || day < 1 ||
		h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 60 {
		return time.Time{}, false
	}
	date := time.Date(year, time.Month(month+1), day, 0, 0, 0, 0, time.UTC)
	if date.Day() != day {
		return time.Time{}, false
	}
	return date.Add(time.Duration(h*3600+m*60+sec) * time.Second), true
}

// number reads decimal digits, or returns -1.
func number(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// index3 returns which three-letter name s is, or -1.
func index3(names, s string) int {
	for i := 0; i < len(names); i += 3 {
		if names[i:i+3] == s {
			return i / 3
		}
	}
	return -1
}
