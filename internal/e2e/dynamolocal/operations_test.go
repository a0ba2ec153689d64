//go:build e2e

package dynamolocal

import (
	"math/rand/v2"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type item = map[string]types.AttributeValue

func s(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
func n(v string) types.AttributeValue { return &types.AttributeValueMemberN{Value: v} }
func list(v ...types.AttributeValue) *types.AttributeValueMemberL {
	return &types.AttributeValueMemberL{Value: v}
}

// An expression is one with the names and values that it needs; some are wrong on purpose.
type expression struct {
	text   string
	names  map[string]string
	values item
}

// with has x refer to v by a placeholder.
func (x expression) with(name string, v types.AttributeValue) expression {
	values := item{name: v}
	for other, v := range x.values {
		values[other] = v
	}
	x.values = values
	return x
}

func plain(text string) expression { return expression{text: text} }

// named is an expression that speaks of the attribute version, by a placeholder.
func named(text string) expression {
	return expression{text: text, names: map[string]string{"#v": "version"}}
}

// A die rolls what an operation is made of.
type die struct{ *rand.Rand }

func pick[E any](d die, from ...E) E { return from[d.IntN(len(from))] }

func (d die) number() types.AttributeValue {
	return n(pick(d, "0", "1", "2", "3", "7", "-1", "1.0", "0.10", "1e2", "2.50", "-0", "+3", "1E-3", "12345678901234567890123456789012345678"))
}

func (d die) word() types.AttributeValue { return s(pick(d, "", "a", "b", "ab", "abc", "é", "A")) }

func (d die) value() types.AttributeValue {
	switch d.IntN(9) {
	case 0:
		return &types.AttributeValueMemberBOOL{Value: d.IntN(2) == 0}
	case 1:
		return &types.AttributeValueMemberNULL{Value: true}
	case 2:
		return d.words()
	case 3:
		return &types.AttributeValueMemberNS{Value: pick(d, []string{"1"}, []string{"2", "1.0"}, []string{"3", "30"})}
	case 4:
		return list(d.number(), d.word())
	case 5:
		return &types.AttributeValueMemberM{Value: item{"x": d.number(), "y": d.word()}}
	case 6:
		return &types.AttributeValueMemberB{Value: []byte(pick(d, "", "a", "ab"))}
	case 7:
		return d.number()
	}
	return d.word()
}

func (d die) words() types.AttributeValue {
	return &types.AttributeValueMemberSS{Value: pick(d, []string{"a"}, []string{"b", "a"}, []string{"c", "ab", "a"})}
}

func (d die) key() item {
	return item{"pk": s(pick(d, "SUBJECT", "SUBJECT", "INCIDENT", "TOLD#1")), "sk": s(pick(d, "1", "10", "2", "3", "Z", "a"))}
}

// badKey is a key that no item of the table can have.
func (d die) badKey() item {
	key := d.key()
	switch d.IntN(5) {
	case 0:
		delete(key, "sk")
	case 1:
		delete(key, "pk")
	case 2:
		key["sk"] = n("1")
	case 3:
		key["pk"] = s("")
	default:
		key["sk"] = &types.AttributeValueMemberNULL{Value: true}
	}
	return key
}

func (d die) whole() item {
	out := d.key()
	if d.IntN(20) == 0 {
		out = d.badKey()
	}
	for name, of := range map[string]func() types.AttributeValue{"n": d.number, "s": d.word, "ss": d.words, "version": d.number} {
		if len(name) > d.IntN(12) {
			out[name] = of()
		}
	}
	for _, name := range []string{"l", "m", "x", "extra"} {
		if d.IntN(2) == 0 {
			out[name] = d.value()
		}
	}
	switch d.IntN(40) {
	case 0:
		out["x"] = n(pick(d, "", "x", "1_000", "0x10", "1e200", "1e-200", "1/2", "123456789012345678901234567890123456789", " 1", "NaN", "Infinity"))
	case 1:
		out["x"] = &types.AttributeValueMemberSS{Value: pick(d, []string{}, []string{"a", "a"}, []string{""})}
	case 2:
		out["x"] = &types.AttributeValueMemberNS{Value: pick(d, []string{}, []string{"1", "1.0"}, []string{"x"})}
	case 3: // at the largest item, names counted, and one byte over it
		out = item{"pk": s("SUBJECT"), "sk": s("big"), "x": s(strings.Repeat("x", 400<<10-len("pk"+"SUBJECT"+"sk"+"big"+"x")+d.IntN(2)))}
	}
	return out
}

func (d die) condition() expression {
	v, w, word := d.number(), d.number(), d.word()
	return pick(d,
		plain(""), plain(""), plain("attribute_not_exists(pk)"), plain("attribute_exists(pk)"),
		named("#v = :v").with(":v", v), named("#v < :v").with(":v", v), named("#v <> :v").with(":v", v), named("attribute_not_exists(pk) OR #v = :v").with(":v", v),
		plain("attribute_not_exists(pk) OR n <= :v OR s = :s").with(":v", v).with(":s", word),
		plain("n BETWEEN :v AND :w").with(":v", v).with(":w", w), plain("n IN (:v, :w)").with(":v", v).with(":w", w),
		plain("begins_with(s, :s)").with(":s", word), plain("contains(ss, :s)").with(":s", word), plain("contains(s, :s)").with(":s", word), plain("contains(l, :v)").with(":v", v),
		plain("size(s) > :v").with(":v", n("1")), plain("size(ss) = :v").with(":v", n("2")), plain("size(x) >= :v").with(":v", n("1")), plain("size(n) > :v").with(":v", n("0")),
		plain("NOT attribute_exists(s)"), plain("NOT (n = :v) AND attribute_exists(m.x)").with(":v", v), plain("m.x = :v").with(":v", v), plain("l[0] = :v").with(":v", v), plain("l[0] < l[1]"),
		plain("attribute_type(x, :t)").with(":t", s(pick(d, "S", "N", "L", "NULL"))), plain("x = :x").with(":x", d.value()), plain("x <> :x").with(":x", d.value()), plain("n > s"),
		plain("s >= :s AND s < :z").with(":s", word).with(":z", s("b")), plain("(n = :v) and (s = :s)").with(":v", v).with(":s", word), plain("n = n"),
		// What DynamoDB refuses:
		plain("n ="), plain("n = :v"), plain("n = :v").with(":v", v).with(":unused", w), plain("#q = :v").with(":v", v), named("n = :v").with(":v", v),
		plain("data = :v").with(":v", v), plain("status = :v").with(":v", v), plain("attribute_exists(:v)").with(":v", v), plain("begins_with(s)"), plain("unknown(s)"), plain("n == :v").with(":v", v),
		plain("attribute_type(x, :t)").with(":t", s("X")), plain("attribute_type(x, :t)").with(":t", n("1")), plain("begins_with(s, :v)").with(":v", v), plain("n BETWEEN :v AND :w").with(":v", n("2")).with(":w", n("1")),
		plain("n = :v").with(":v", n("x")), plain("(n = :v").with(":v", v), plain("n = :v)").with(":v", v), plain("x > :x").with(":x", d.value()), plain("contains(ss, :x)").with(":x", d.value()))
}

func (d die) update() expression {
	v, w := d.number(), d.number()
	return pick(d,
		plain("SET n = :v").with(":v", v), plain("SET n = n + :v").with(":v", v), plain("SET n = n - :v, s = :s").with(":v", v).with(":s", d.word()),
		plain("SET n = if_not_exists(n, :v) + :w").with(":v", v).with(":w", w), plain("SET x = if_not_exists(x, :x)").with(":x", d.value()), named("SET #v = :v REMOVE s").with(":v", v),
		plain("REMOVE s, x"), plain("REMOVE l[0]"), plain("REMOVE m.x"), plain("REMOVE nothing"), plain("ADD n :v").with(":v", v), plain("ADD ss :ss").with(":ss", d.words()), plain("DELETE ss :ss").with(":ss", d.words()),
		plain("SET l = list_append(l, :l)").with(":l", list(v)), plain("SET l = list_append(if_not_exists(l, :e), :l)").with(":l", list(v)).with(":e", list()),
		plain("SET m.x = :v").with(":v", v), plain("SET m.z = :v, m.y = m.x").with(":v", v), plain("SET l[0] = :v").with(":v", v), plain("SET l[9] = :v").with(":v", v), plain("SET m = :m").with(":m", &types.AttributeValueMemberM{Value: item{}}),
		plain("SET extra = s, s = extra"), plain("set n = :v remove x add ss :ss").with(":v", v).with(":ss", d.words()),
		// What DynamoDB refuses:
		plain("SET pk = :s").with(":s", s("x")), plain("REMOVE sk"), plain("SET n = :v, n = :w").with(":v", v).with(":w", w), plain("SET m = :m, m.x = :v").with(":m", d.value()).with(":v", v),
		plain("SET n = s + :v").with(":v", v), plain("ADD s :v").with(":v", v), plain("ADD n :s").with(":s", s("x")), plain("DELETE ss :v").with(":v", v), plain("SET n = :v SET s = :v").with(":v", v), plain("SET n"),
		plain("SET l = list_append(l, :v)").with(":v", v), plain("SET nowhere.x = :v").with(":v", v), plain("SET n = :v").with(":v", v).with(":unused", w), plain("FOO n = :v").with(":v", v), plain("SET data = :v").with(":v", v),
		plain("DELETE ss :ns").with(":ns", &types.AttributeValueMemberNS{Value: []string{"1"}}), plain("SET s = n + :s").with(":s", s("x")), plain("SET x[0] = :v").with(":v", v))
}

func (d die) keyCondition() expression {
	p := s(pick(d, "SUBJECT", "SUBJECT", "INCIDENT", "NONE"))
	k := s(pick(d, "1", "10", "2", "Z"))
	x := pick(d,
		plain("pk = :p"), plain("pk = :p"), plain("pk = :p AND sk = :k").with(":k", k), plain("pk = :p AND sk > :k").with(":k", k), plain("pk = :p AND sk <= :k").with(":k", k), plain("sk >= :k AND pk = :p").with(":k", k),
		plain("pk = :p AND begins_with(sk, :k)").with(":k", k), plain("pk = :p AND sk BETWEEN :k AND :z").with(":k", k).with(":z", s("Z")), plain("(pk = :p) and (sk < :k)").with(":k", k),
		// What DynamoDB refuses:
		plain("sk = :p"), plain("pk > :p"), plain("pk = :p AND n = :k").with(":k", k), plain("pk = :p OR sk = :k").with(":k", k), plain("pk = :p AND sk <> :k").with(":k", k), plain("pk = :p AND sk > :k AND sk < :z").with(":k", k).with(":z", k),
		plain("begins_with(pk, :p)"), plain("pk = :p AND contains(sk, :k)").with(":k", k), plain("pk = :p AND NOT sk = :k").with(":k", k), plain("pk = :p AND sk = :k").with(":k", n("1")), plain("pk = :p AND sk BETWEEN :z AND :k").with(":k", s("1")).with(":z", s("Z")), plain(""))
	return x.with(":p", p)
}

func text(x expression) *string {
	if x.text == "" {
		return nil
	}
	return aws.String(x.text)
}

func (d die) projection() (*string, map[string]string) {
	return pick(d, nil, nil, nil, aws.String("s, n"), aws.String("#v, sk"), aws.String("m.x"), aws.String("m.x, m.y, x"), aws.String("nothing"), aws.String("data"), aws.String("s,"), aws.String("m, m.x")),
		nil
}

func (d die) put() *dynamodb.PutItemInput {
	c := d.condition()
	return &dynamodb.PutItemInput{Item: d.whole(), ConditionExpression: text(c), ExpressionAttributeNames: c.names, ExpressionAttributeValues: c.values,
		ReturnValues: pick(d, "", types.ReturnValueNone, types.ReturnValueAllOld, types.ReturnValueAllNew), ReturnValuesOnConditionCheckFailure: pick(d, "", types.ReturnValuesOnConditionCheckFailureAllOld)}
}

func (d die) delete() *dynamodb.DeleteItemInput {
	c, key := d.condition(), d.key()
	if d.IntN(15) == 0 {
		key = d.badKey()
	}
	return &dynamodb.DeleteItemInput{Key: key, ConditionExpression: text(c), ExpressionAttributeNames: c.names, ExpressionAttributeValues: c.values,
		ReturnValues: pick(d, "", types.ReturnValueAllOld, types.ReturnValueUpdatedNew), ReturnValuesOnConditionCheckFailure: pick(d, "", types.ReturnValuesOnConditionCheckFailureAllOld)}
}

func (d die) updateItem() *dynamodb.UpdateItemInput {
	u, c := d.update(), plain("")
	if d.IntN(3) == 0 {
		c = pick(d, plain("attribute_exists(pk)"), plain("attribute_not_exists(pk)"), plain("n > :c").with(":c", n("1")))
	}
	for name, v := range c.values {
		u = u.with(name, v)
	}
	// Of a changed part of an attribute the simulator returns the whole attribute; it is not asked.
	values := pick(d, "", types.ReturnValueAllOld, types.ReturnValueAllNew)
	if !strings.ContainsAny(u.text, ".[") {
		values = pick(d, values, types.ReturnValueUpdatedOld, types.ReturnValueUpdatedNew)
	}
	return &dynamodb.UpdateItemInput{Key: d.key(), UpdateExpression: text(u), ConditionExpression: text(c), ExpressionAttributeNames: u.names, ExpressionAttributeValues: u.values, ReturnValues: values}
}

func (d die) get() *dynamodb.GetItemInput {
	key := d.key()
	if d.IntN(10) == 0 {
		key = d.badKey()
	}
	p, names := d.projection()
	if p != nil && strings.Contains(*p, "#v") {
		names = map[string]string{"#v": "version"}
	}
	return &dynamodb.GetItemInput{Key: key, ConsistentRead: aws.Bool(true), ProjectionExpression: p, ExpressionAttributeNames: names}
}

func (d die) query() *dynamodb.QueryInput {
	k, f := d.keyCondition(), plain("")
	if d.IntN(3) == 0 {
		f = pick(d, plain("n >= :f").with(":f", d.number()), plain("attribute_exists(s)"), plain("begins_with(s, :f)").with(":f", d.word()), plain("sk = :f").with(":f", s("1")), plain("size(ss) > :f").with(":f", n("1")))
	}
	for name, v := range f.values {
		k = k.with(name, v)
	}
	in := &dynamodb.QueryInput{KeyConditionExpression: text(k), FilterExpression: text(f), ExpressionAttributeValues: k.values, ConsistentRead: aws.Bool(true)}
	if d.IntN(3) == 0 {
		in.ScanIndexForward = aws.Bool(d.IntN(2) == 0)
	}
	// Where a page ends, or begins, at the bound that a range includes, DynamoDB Local knows that
	// nothing follows; no page of AWS promises it, and the simulator does not.
	if strings.Contains(k.text, "<=") || strings.Contains(k.text, ">=") || strings.Contains(k.text, "BETWEEN") {
		return in
	}
	if d.IntN(2) == 0 {
		in.Limit = aws.Int32(int32(1 + d.IntN(6)))
	}
	if d.IntN(4) == 0 {
		in.ExclusiveStartKey = item{"pk": k.values[":p"], "sk": s(pick(d, "1", "10", "2", "5"))}
	}
	if d.IntN(10) == 0 {
		in.Select = types.SelectCount
	}
	return in
}
