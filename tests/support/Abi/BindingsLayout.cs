using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.InteropServices;
using System.Text;
using LlamaSpan.Native;

namespace LlamaSpan.TestSupport.Abi;

/// <summary>What the bindings declare, by reflection: the layout of structs, the values of enums and constants, the imports.</summary>
public static class BindingsLayout
{
    private static readonly Type[] s_types = [.. typeof(NativeMethods).Assembly.GetExportedTypes()
        .Where(type => type.IsValueType && !type.IsNested && (type.IsEnum || type.Name.StartsWith("ggml", StringComparison.Ordinal)
            || type.Name.StartsWith("gguf", StringComparison.Ordinal) || type.Name.StartsWith("llama", StringComparison.Ordinal)))
        .Where(type => type.Name != nameof(NativeLibraryFailure))
        .OrderBy(type => type.Name, StringComparer.Ordinal)];

    /// <summary>Library and name of each imported function.</summary>
    public static IEnumerable<(string Library, string Function)> Imports() =>
        from method in typeof(NativeMethods).GetMethods(BindingFlags.Public | BindingFlags.Static)
        let import = method.GetCustomAttribute<DllImportAttribute>()
        where import is not null
        select (import.Value, import.EntryPoint ?? method.Name);

    /// <summary>All declarations in the order of their names, fields in the order of their offsets.</summary>
    public static IEnumerable<Declaration> Declarations()
    {
        foreach (Type type in s_types.Where(type => !type.IsEnum && Fields(type).Length > 0))
        {
            string name = CName(type);
            yield return new Declaration("STRUCT", name, Size: SizeOf(type));
            foreach (Declaration field in FieldsOf(type, name, "", 0))
                yield return field;
        }
        foreach (Type type in s_types.Where(type => type.IsEnum))
        {
            yield return new Declaration("ENUM", CName(type), Size: SizeOf(type));
            foreach (string name in Enum.GetNames(type))
                yield return new Declaration("INTEGER", name, Value: Convert.ToInt64(Enum.Parse(type, name)));
        }
        foreach (Declaration constant in Constants().OrderBy(constant => constant.Name, StringComparer.Ordinal))
            yield return constant;
    }

    /// <summary>The declarations as native/abi-probe/declarations.inc lists them.</summary>
    public static string ToProbeSource()
    {
        StringBuilder source = new("/* Written from the bindings by bindings-gen/abi-declarations.cs; do not edit. */\n");
        foreach (Declaration declaration in Declarations())
            source.Append(declaration.Kind).Append('(').Append(declaration.Name.Replace(".", ", ", StringComparison.Ordinal)
                .Replace("|", ".", StringComparison.Ordinal)).Append(")\n");
        return source.ToString();
    }

    // in C a name that ends in _t is a typedef by convention, any other is a tag
    private static string CName(Type type) =>
        type.Name.EndsWith("_t", StringComparison.Ordinal) ? type.Name : $"{(type.IsEnum ? "enum" : "struct")} {type.Name}";

    private static FieldInfo[] Fields(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Instance);

    private static IEnumerable<Declaration> FieldsOf(Type type, string owner, string path, int start)
    {
        foreach (FieldInfo field in Fields(type).OrderBy(Offset).ThenBy(field => field.Name, StringComparer.Ordinal))
        {
            int offset = start + Offset(field);
            bool nested = field.FieldType.IsNested;
            bool anonymous = nested && field.FieldType.Name.StartsWith("_Anonymous", StringComparison.Ordinal);
            if (!anonymous)
                yield return new Declaration("FIELD", $"{owner}.{path}{field.Name}", SizeOf(field.FieldType), offset);
            if (!nested || field.FieldType.Name.EndsWith("__FixedBuffer", StringComparison.Ordinal))
                continue;
            foreach (Declaration inner in FieldsOf(field.FieldType, owner, anonymous ? path : $"{path}{field.Name}|", offset))
                yield return inner;
        }
    }

    private static IEnumerable<Declaration> Constants()
    {
        const BindingFlags Static = BindingFlags.Public | BindingFlags.Static;
        foreach (FieldInfo constant in typeof(NativeMethods).GetFields(Static).Where(field => field.IsLiteral))
            yield return new Declaration("INTEGER", constant.Name, Value: Convert.ToInt64(constant.GetRawConstantValue()));
        foreach (PropertyInfo constant in typeof(NativeMethods).GetProperties(Static))
        {
            yield return constant.PropertyType == typeof(ReadOnlySpan<byte>)
                ? new Declaration("TEXT", constant.Name, Text: Encoding.UTF8.GetString(constant.GetMethod!.CreateDelegate<Utf8Getter>()()))
                : new Declaration("INTEGER", constant.Name, Value: (long)(nuint)constant.GetValue(null)!);
        }
    }

    private delegate ReadOnlySpan<byte> Utf8Getter();

    // not Marshal's: that would give the layout after marshalling, where a bool has 4 bytes
    private static int SizeOf(Type type)
    {
        DynamicMethod method = new("SizeOf", typeof(int), null, typeof(BindingsLayout).Module, skipVisibility: true);
        ILGenerator code = method.GetILGenerator();
        code.Emit(OpCodes.Sizeof, type);
        code.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<int>>()();
    }

    private static unsafe int Offset(FieldInfo field)
    {
        DynamicMethod method = new("Offset", typeof(nint), [typeof(nint)], typeof(BindingsLayout).Module, skipVisibility: true);
        ILGenerator code = method.GetILGenerator();
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Ldflda, field);
        code.Emit(OpCodes.Conv_U);
        code.Emit(OpCodes.Ret);
        byte anywhere = 0;
        nint address = (nint)(&anywhere);
        return (int)(method.CreateDelegate<Func<nint, nint>>()(address) - address);
    }
}
