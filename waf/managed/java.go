package managed

import "strings"

// Java: classes that run what they are given, serialized objects, expressions.
var javaSearches = []search{
	// Whole names, and pieces of them that stand for nothing else.
	{finds: FamilyJava, words: list(`
		java.lang.processbuilder java.lang.processimpl java.lang.unixprocess  java.net.urlclassloader java.net.socket java.io.objectinputstream java.nio.file.files
		java.util.scanner java.beans.xmldecoder java.beans.eventhandler java.rmi. javax.script. javax.naming. javax.management. java.security.signedobject jdk.jshell jdk.nashorn
		getruntime() .getruntime( getruntime. runtime.exec runtime().exec runtime.getruntime processbuilder( processbuilder.start new+processbuilder unixprocess
		getdeclaredmethod getdeclaredconstructor getdeclaredfield class.forname( .forname( defineclass( loadclass( scriptenginemanager newinstance( getclassloader urlclassloader
		org.apache.commons.collections org.apache.commons.beanutils org.apache.commons.fileupload.disk org.apache.xalan org.apache.bcel com.sun.org.apache.bcel com.sun.org.apache.xalan com.sun.rowset com.sun.jndi sun.rmi.
		templatesimpl jdbcrowsetimpl ysoserial marshalsec invokertransformer instantiatetransformer instantiatefactory chainedtransformer constanttransformer clonetransformer prototypeclonefactory prototypeserializationfactory whileclosure forclosure transformedlist
		badattributevalueexp annotationinvocationhandler pojonode signedobject wrapperconnectionpooldatasource jndirefforwardingdatasource bshinterpreter bsh.interpreter groovy.lang groovyshell groovy.util.eval methodclosure converted_closure
		freemarker.template freemarker.core velocity.runtime velocity.tools org.yaml.snakeyaml xstream dynamic-proxy>
		com.opensymphony xwork2 ognlcontext ognl.ognl memberaccess _memberaccess actioncontext servletactioncontext allowstaticmethodaccess denymethodexecution xwork.methodaccessor redirectaction: struts.valuestack com.caucho
		org.springframework.context.support org.springframework.expression org.springframework.util.streamutils filesystemxmlapplicationcontext classpathxmlapplicationcontext com.bea.core.repackaged com.tangosol.coherence spel.standard
		class.module.classloader class.classloader class['classloader'] class[classloader] module.classloader.resources .classloader.resources.context .protectiondomain.codesource parent.pipeline.first
		org.hibernate.jmx com.mchange.v2 com.rometools javassist. net.sf.json org.mozilla.javascript org.codehaus.groovy org.jboss.interceptor org.aspectj.weaver
		xmldecoder com.zaxxer.hikari ch.qos.logback.core.db`)},
	{finds: FamilyJava, words: []string{"java.lang.runtime"}, right: edgeWord}, // and not RuntimeException
	// Expressions: ${…}, #{…}, %{…}, *{…} with a class or a call in them, and T(…) of Spring.
	{finds: FamilyJava, words: list(`${ #{ %{ *{ @{ __${`), confirm: expression},
	{finds: FamilyJava, left: edgeWord, words: list(`t(java. t(org. t(com. t(javax. t(sun.`)},
	{finds: FamilyJava, words: []string{"?class.", "&class.", "class.module."}, confirm: func(text string, _, to int) bool {
		return hasFold(text, to, "module") || hasFold(text, to, "classloader")
	}},
	// The first bytes of a serialized object, as they are and as text.
	{finds: FamilyJava, words: []string{"\xac\xed\x00\x05", "aced0005"}},
	{finds: FamilyJava, words: []string{"ro0ab", "kztaau", "cs7qaf"}, confirm: serialized},
	// runtime and processbuilder in base64, at each of the three offsets, in either case of their first letter.
	{finds: FamilyJava, words: encoded("runtime", "Runtime", "processbuilder", "ProcessBuilder", "classloader", "getRuntime", "invokertransformer", "InvokerTransformer", "clonetransformer", "forclosure", "whileclosure", "instantiatefactory", "instantiatetransformer", "prototypeclonefactory", "prototypeserializationfactory"), confirm: func(text string, from, to int) bool {
		return exact[text[from:to]]
	}},
	// A value that is the name of a class, as type information that is believed has it.
	{finds: FamilyJava, words: list(`java.lang. java.io. org.omg.corba org.apache.commons com.sun.org.apache`), confirm: className},
	// A script among the names of a form's files.
	{finds: FamilyJava, words: list(`.jsp .jspx .jspf .jsw .jsv .war`), right: edgeAny, confirm: func(text string, from, to int) bool {
		end := skipSpace(text, to, 4)
		near := text[max(0, from-80):from]
		return end < len(text) && text[end] == '"' && findFold(near, "filename=")
	}},
	// A name of Java's, and what runs commands in the same text, some steps apart.
	{finds: FamilyJava, words: list(`java. javax. org.apache. java\.`), left: edgeWord, confirm: func(text string, _, to int) bool {
		end := to
		for end < len(text) && end-to < 64 && (isWord(text[end]) || text[end] == '.') {
			end++
		}
		return findName(text[to:end], "runtime") || findFold(text[to:end], "processbuilder") || strings.Contains(text[end:min(len(text), end+160)], `"Runtime"`) || strings.Contains(text[end:min(len(text), end+160)], `"ProcessBuilder"`)
	}},
	{finds: FamilyJava, words: list(`runtime processbuilder`), confirm: func(text string, _, to int) bool {
		rest := text[to:min(len(text), to+120)]
		return findFold(rest, "clonetransformer") || findFold(rest, "forclosure") || findFold(rest, "transformer") || findFold(rest, "whileclosure") || findFold(rest, "prototypeclone") || findFold(rest, "invoke") || findFold(rest, ".exec") || findFold(rest, "xmldecoder") || findFold(rest, ").exec")
	}},
}

// expression tells whether what follows the opening of an expression is code.
func expression(text string, _, to int) bool {
	rest := text[to:min(len(text), to+160)]
	for i := 0; i+1 < len(rest); i++ {
		switch c := rest[i]; {
		case c == '}':
			return false
		case c == '@' && isLetter(rest[i+1]), c == '#' && (rest[i+1] == '_' || isLetter(rest[i+1])):
			return true // OGNL: static members and variables of the context
		case (c == 't' || c == 'T') && rest[i+1] == '(' && i+2 < len(rest) && (isLetter(rest[i+2]) || rest[i+2] == '\''):
			if i == 0 || !isWord(rest[i-1]) {
				return true
			}
		case c == '(' && i > 0 && isWord(rest[i-1]) && hasCall(rest[:i]):
			return true
		case c == '.' && (hasFold(rest, i, ".class") || hasFold(rest, i, ".getclass") || hasFold(rest, i, ".exec")):
			return true
		case c|0x20 == 'n' && hasFold(rest, i, "new "):
			return true
		}
	}
	return false
}

// hasCall tells whether a text ends with a name that gets at classes or commands.
func hasCall(text string) bool {
	for _, name := range [...]string{"exec", "getclass", "forname", "getruntime", "invoke", "newinstance", "setvalue", "getmethod", "getproperty", "getenv", "getparameter", "getwriter", "evaluate", "loadclass", "tochararray", "eval", "read", "system"} {
		if endsFold(text, len(text), name) {
			return true
		}
	}
	return false
}

// className tells whether the name at from is a whole value.
func className(text string, from, to int) bool {
	if from > 0 && !edgeStart.ok(text, from-1) && text[from-1] != '>' {
		return false
	}
	end := to
	for end < len(text) && end-to < 64 && (isWord(text[end]) || text[end] == '.' || text[end] == '$') {
		end++
	}
	if endsFold(text, end, "exception") || endsFold(text, end, "error") {
		return false
	}
	return end == len(text) || text[end] == '=' || text[end] == '&' || text[end] == '"' || text[end] == '\'' || text[end] == '<' || text[end] == '\r'
}

// serialized confirms the first bytes of a serialized object in base64: case
// matters, and no word may go on before them.
func serialized(text string, from, to int) bool {
	switch word := text[from:to]; word {
	case "rO0AB", "KztAAU", "Cs7QAF":
		return from == 0 || !isWord(text[from-1]) && text[from-1] != '+'
	}
	return false
}

// exact has what encoded made, in its case.
var exact = map[string]bool{}

// encoded returns what texts that contain a word in base64 have in common: for
// each of three offsets the characters that the word decides alone.
func encoded(words ...string) []string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	var all []string
	for _, w := range words {
		for offset := range 3 {
			var bits []byte
			for _, c := range []byte(w) {
				for b := 7; b >= 0; b-- {
					bits = append(bits, c>>b&1)
				}
			}
			var out []byte
			for i := (6 - offset*8%6) % 6; i+6 <= len(bits); i += 6 {
				v := 0
				for _, b := range bits[i : i+6] {
					v = v<<1 | int(b)
				}
				out = append(out, alphabet[v])
			}
			exact[string(out)] = true
			all = append(all, string(out))
		}
	}
	return all
}
