using System.Runtime.InteropServices;
using System.Text;
using LlamaSpan.Native;

namespace LlamaSpan.TestSupport;

/// <summary>A GGUF file in the making, through llama.cpp's own functions for it.</summary>
public sealed unsafe class GgufBuilder : IDisposable
{
    private const int MostTensors = 512;

    private readonly gguf_context* _file = NativeMethods.gguf_init_empty();
    private readonly List<byte[]> _data = [];
    private readonly ggml_context* _tensors = NativeMethods.ggml_init(new ggml_init_params
    {
        mem_size = MostTensors * NativeMethods.ggml_tensor_overhead(),
        no_alloc = true,
    });

    /// <summary>Takes over all metadata of another file.</summary>
    public GgufBuilder CopyMetadata(string path)
    {
        fixed (byte* name = Utf8(path))
        {
            gguf_context* source = NativeMethods.gguf_init_from_file(name, new gguf_init_params { no_alloc = true });
            if (source is null)
                throw new InvalidDataException($"{path} is not a GGUF file.");
            NativeMethods.gguf_set_kv(_file, source);
            NativeMethods.gguf_free(source);
        }
        return this;
    }

    /// <summary>The keys there are.</summary>
    public IEnumerable<string> Keys() =>
        Enumerable.Range(0, (int)NativeMethods.gguf_get_n_kv(_file)).Select(index => Text(NativeMethods.gguf_get_key(_file, index)));

    /// <summary>Takes a key out.</summary>
    public GgufBuilder Remove(string key)
    {
        fixed (byte* name = Utf8(key))
            NativeMethods.gguf_remove_key(_file, name);
        return this;
    }

    /// <summary>The strings of an array; empty where there is no such key.</summary>
    public string[] Strings(string key)
    {
        long id = Find(key);
        return id < 0
            ? []
            : [.. Enumerable.Range(0, (int)NativeMethods.gguf_get_arr_n(_file, id)).Select(i => Text(NativeMethods.gguf_get_arr_str(_file, id, (nuint)i)))];
    }

    /// <summary>The numbers of an array, of the size that the file has them in; empty where there is no such key.</summary>
    public T[] Numbers<T>(string key)
        where T : unmanaged
    {
        long id = Find(key);
        return id < 0
            ? []
            : new ReadOnlySpan<T>(NativeMethods.gguf_get_arr_data(_file, id), (int)NativeMethods.gguf_get_arr_n(_file, id)).ToArray();
    }

    /// <summary>A number.</summary>
    public uint Number(string key) => NativeMethods.gguf_get_val_u32(_file, Find(key));

    /// <summary>Sets a string, number, truth value, or array of strings or numbers.</summary>
    public GgufBuilder Set(string key, object value)
    {
        fixed (byte* name = Utf8(key))
        {
            switch (value)
            {
                case string text:
                    fixed (byte* bytes = Utf8(text))
                        NativeMethods.gguf_set_val_str(_file, name, bytes);
                    break;
                case bool truth: NativeMethods.gguf_set_val_bool(_file, name, truth); break;
                case ushort number: NativeMethods.gguf_set_val_u16(_file, name, number); break;
                case int number: NativeMethods.gguf_set_val_u32(_file, name, checked((uint)number)); break;
                case float number: NativeMethods.gguf_set_val_f32(_file, name, number); break;
                case int[] numbers: SetNumbers(name, gguf_type.GGUF_TYPE_INT32, numbers); break;
                case float[] numbers: SetNumbers(name, gguf_type.GGUF_TYPE_FLOAT32, numbers); break;
                case string[] texts: SetStrings(name, texts); break;
                default: throw new ArgumentException($"{value.GetType()} cannot be a value of '{key}'.", nameof(value));
            }
        }
        return this;
    }

    /// <summary>Sets a number that may be negative.</summary>
    public GgufBuilder SetSigned(string key, int value)
    {
        fixed (byte* name = Utf8(key))
            NativeMethods.gguf_set_val_i32(_file, name, value);
        return this;
    }

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">The type to convert the values to.</param>
    /// <param name="shape">Its extents, the contiguous one first.</param>
    /// <param name="values">Its values.</param>
    public GgufBuilder Add(string name, ggml_type type, ReadOnlySpan<long> shape, ReadOnlySpan<float> values)
    {
        fixed (long* extents = shape)
        fixed (byte* text = Utf8(name))
        fixed (float* source = values)
        {
            ggml_tensor* tensor = NativeMethods.ggml_new_tensor(_tensors, type, shape.Length, extents);
            if (NativeMethods.ggml_nelements(tensor) != values.Length)
                throw new ArgumentException($"'{name}' has {NativeMethods.ggml_nelements(tensor)} elements, not {values.Length}.", nameof(values));
            byte[] data = GC.AllocateUninitializedArray<byte>((int)NativeMethods.ggml_nbytes(tensor), pinned: true);
            _data.Add(data);
            tensor->data = (void*)Marshal.UnsafeAddrOfPinnedArrayElement(data, 0);
            NativeMethods.ggml_quantize_chunk(type, source, tensor->data, 0, values.Length / shape[0], shape[0], null);
            NativeMethods.ggml_set_name(tensor, text);
            NativeMethods.gguf_add_tensor(_file, tensor);
        }
        return this;
    }

    /// <summary>Writes the file.</summary>
    public void Save(string path)
    {
        fixed (byte* name = Utf8(path))
        {
            if (!NativeMethods.gguf_write_to_file(_file, name, only_meta: false))
                throw new IOException($"{path} cannot be written.");
        }
    }

    /// <summary>Frees what native code holds of it.</summary>
    public void Dispose()
    {
        NativeMethods.gguf_free(_file);
        NativeMethods.ggml_free(_tensors);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text + '\0');

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text)!;

    private long Find(string key)
    {
        fixed (byte* name = Utf8(key))
            return NativeMethods.gguf_find_key(_file, name);
    }

    private void SetNumbers<T>(byte* key, gguf_type type, T[] numbers)
        where T : unmanaged
    {
        fixed (T* first = numbers)
            NativeMethods.gguf_set_arr_data(_file, key, type, first, (nuint)numbers.Length);
    }

    private void SetStrings(byte* key, string[] texts)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(texts.Select(text => text + '\0')));
        byte*[] starts = new byte*[texts.Length];
        fixed (byte* first = bytes)
        fixed (byte** pointers = starts)
        {
            byte* at = first;
            for (int i = 0; i < texts.Length; i++)
            {
                starts[i] = at;
                at += Encoding.UTF8.GetByteCount(texts[i]) + 1;
            }
            NativeMethods.gguf_set_arr_str(_file, key, pointers, (nuint)texts.Length);
        }
    }
}
