package injection_test

import (
	"fmt"

	"github.com/groundfront/groundfront/waf/injection"
)

func ExampleSQLi() {
	for _, value := range []string{"salt and pepper", "10 and 1=1", "select * from users"} {
		fmt.Println(injection.SQLi(value, injection.SensitivityLow), injection.SQLi(value, injection.SensitivityHigh))
	}
	// Output:
	// false false
	// true true
	// false true
}

func ExampleSQLi_patterns() {
	fmt.Println(injection.SQLi("x' union select name, password from users", injection.SensitivityPatterns))
	fmt.Println(injection.SQLi("How does `SELECT name, price FROM products` work?", injection.SensitivityPatterns))
	// Output:
	// true
	// false
}

func ExampleXSS() {
	fmt.Println(injection.XSS("a < b"))
	fmt.Println(injection.XSS("<svg/onload=alert(1)>"))
	// Output:
	// false
	// true
}

func ExampleTokens() {
	fmt.Printf("%q\n", injection.Tokens("10 AND 1=1"))
	fmt.Printf("%q\n", injection.Tokens("<frameset onload=x>"))
	// Output:
	// ["10" "AND" "1"]
	// ["<" "frameset"]
}
