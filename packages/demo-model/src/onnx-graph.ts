import { concat } from './bytes.ts';
import { bytesField, floatField, packedField, varintField } from './protobuf.ts';

/**
 * Collects the nodes and tensors of an ONNX graph and encodes the model.
 * Source: onnx/onnx, `onnx.proto`, for the field numbers; comments name the message and field.
 */

/** The element types in use, by their number in `TensorProto.DataType`. */
export const ElementType = { float: 1, int64: 7, bool: 9, half: 10 } as const;
export type ElementType = (typeof ElementType)[keyof typeof ElementType];

/** A node's attribute: an integer, a list of integers, or a float given as `{ float }`. */
export type Attribute = number | readonly number[] | { readonly float: number };

/** A tensor dimension: its size, or the name of a size known when the model runs. */
export type Dimension = number | string;

const IR_VERSION = 8;
const OPSET_VERSION = 18;

/** An ONNX graph under construction. Values are referred to by their names. */
export class OnnxGraph {
  readonly #nodes: Uint8Array[] = [];
  readonly #initializers: Uint8Array[] = [];
  readonly #inputs: Uint8Array[] = [];
  readonly #outputs: Uint8Array[] = [];

  /** Adds a node and returns the name of its output, `name`. */
  node(name: string, operator: string, inputs: string[], attributes: Record<string, Attribute> = {}): string {
    this.nodes([name], operator, inputs, attributes);
    return name;
  }

  /** Adds a node with several outputs; the node is called after the first. */
  nodes(
    outputs: readonly string[],
    operator: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
  ): void {
    this.#nodes.push(
      bytesField(1, [
        ...inputs.map((input) => bytesField(1, input)), // NodeProto.input
        ...outputs.map((output) => bytesField(2, output)), // NodeProto.output
        bytesField(3, outputs[0] ?? operator), // NodeProto.name
        bytesField(4, operator), // NodeProto.op_type
        ...Object.entries(attributes).map(([key, value]) => bytesField(5, attribute(key, value))),
      ]),
    );
  }

  /** Adds a constant tensor given by its little-endian bytes and returns its name. */
  tensor(name: string, type: ElementType, shape: readonly number[], data: Uint8Array): string {
    this.#initializers.push(
      bytesField(5, [
        packedField(1, shape), // TensorProto.dims
        varintField(2, type), // TensorProto.data_type
        bytesField(8, name), // TensorProto.name
        bytesField(9, data), // TensorProto.raw_data
      ]),
    );
    return name;
  }

  /** Adds a constant list of int64 values, `[n]`. */
  integers(name: string, values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.tensor(name, ElementType.int64, [values.length], new Uint8Array(data.buffer));
  }

  /** Adds a constant float32 scalar, or with `shape` a tensor of float32 values. */
  floats(name: string, values: readonly number[], shape: readonly number[] = []): string {
    const data = Float32Array.from(values);
    return this.tensor(name, ElementType.float, shape, new Uint8Array(data.buffer));
  }

  /** Declares an input of the graph and returns its name. */
  input(name: string, type: ElementType, shape: readonly Dimension[]): string {
    this.#inputs.push(bytesField(11, valueInfo(name, type, shape)));
    return name;
  }

  /** Declares the value of that name as an output of the graph. */
  output(name: string, type: ElementType, shape: readonly Dimension[]): void {
    this.#outputs.push(bytesField(12, valueInfo(name, type, shape)));
  }

  /** Returns the encoded model. */
  encode(name: string): Uint8Array {
    const graph = [
      ...this.#nodes, // GraphProto.node
      bytesField(2, name), // GraphProto.name
      ...this.#initializers,
      ...this.#inputs,
      ...this.#outputs,
    ];
    return concat([
      varintField(1, IR_VERSION), // ModelProto.ir_version
      bytesField(2, 'countermark'), // ModelProto.producer_name
      bytesField(7, graph), // ModelProto.graph
      bytesField(8, [varintField(2, OPSET_VERSION)]), // ModelProto.opset_import, default domain
    ]);
  }
}

function attribute(name: string, value: Attribute): Uint8Array[] {
  if (typeof value === 'number') return [bytesField(1, name), varintField(3, value), varintField(20, 2)];
  if ('float' in value) return [bytesField(1, name), floatField(2, value.float), varintField(20, 1)];
  return [bytesField(1, name), packedField(8, value), varintField(20, 7)];
}

function valueInfo(name: string, type: ElementType, shape: readonly Dimension[]): Uint8Array[] {
  const dimensions = shape.map((size) =>
    bytesField(1, typeof size === 'number' ? varintField(1, size) : bytesField(2, size)),
  );
  const tensorType = [varintField(1, type), bytesField(2, dimensions)]; // TypeProto.Tensor
  return [bytesField(1, name), bytesField(2, bytesField(1, tensorType))]; // ValueInfoProto
}
