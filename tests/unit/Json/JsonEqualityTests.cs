using System.Text;
using System.Text.Json;
using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>Objects and arrays are equal where System.Text.Json finds them so, and have equal hashes then.</summary>
public class JsonEqualityTests
{
    private static readonly string[] s_values =
    [
        "{}", "[]", "[[]]", "[{}]", """{"a":1}""", """{"a":1.0}""", """{"a":10e-1}""", """{"a":2}""", """{"b":1}""", """{"a":"1"}""", """{"a":null}""",
        """{"a":1,"b":2}""", """{ "b" : 2, "a" : 1 }""", """{"a":1,"b":{"c":[1,2]}}""", """{"b":{"c":[1,2.0]},"a":1}""", """{"b":{"c":[2,1]},"a":1}""", """{"a":1,"b":2,"c":3}""",
        "[1,2]", "[1, 2]", "[2,1]", "[1,2,3]", "[1]", "[true]", "[false]", "[null]", "[0]", "[-0]", "[9007199254740993]", "[9007199254740992]", "[1e400]", "[10e399]",
        """["x"]""", """["\u0078"]""", """["\u0078\n"]""", """["x\u000a"]""", """["é"]""", """["\u00e9"]""", """{"\u0078":"\u0079"}""", """{"x":"y"}""", """{"\u0078":"y"}""",
    ];

    [Fact]
    public void Agrees_with_deep_equality()
    {
        foreach (string a in s_values)
            foreach (string b in s_values)
            {
                using JsonDocument first = JsonDocument.Parse(a), second = JsonDocument.Parse(b);
                bool equal = JsonElement.DeepEquals(first.RootElement, second.RootElement);
                Assert.True(equal == JsonEquality.AreEqual(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b)), $"{a} {b}");
                if (equal)
                    Assert.Equal(JsonEquality.HashOf(Encoding.UTF8.GetBytes(a)), JsonEquality.HashOf(Encoding.UTF8.GetBytes(b)));
            }
    }

    [Fact]
    public void Allocates_nothing()
    {
        byte[] a = """{"a":[1,2.5,"x\n",{"b":true}],"c":"\u00e9"}"""u8.ToArray(), b = """{"c":"\u00e9", "a":[1,2.5,"x\n",{"b":true}]}"""u8.ToArray();
        Assert.True(JsonEquality.AreEqual(a, b) && JsonEquality.HashOf(a) == JsonEquality.HashOf(b));
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool equal = JsonEquality.AreEqual(a, b) && JsonEquality.HashOf(a) == JsonEquality.HashOf(b);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.True(equal);
    }
}
