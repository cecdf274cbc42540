// Stands for huggingface/tokenizers: a text's ids are its code points. It answers "slow" only once it is asked for the
// next text on the same thread, which is as late as an answer can be.
let late;
const encodingOf = (text) => ({
  getIds: () => Array.from(text, (character) => character.codePointAt(0)),
  getOffsets: () => Array.from(text, (_, at) => [at, at + 1]),
});
exports.Tokenizer = {
  fromString: () => ({
    tokenToId: () => null,
    encode(text) {
      if (text.startsWith('slow')) {
        return new Promise((resolve) => {
          late = () => resolve(encodingOf(text));
        });
      }
      if (text.startsWith('refused')) return Promise.reject(new Error(`cannot encode ${text}`));
      if (text.startsWith('unknown')) {
        return Promise.reject(new Error('WordLevel error: Missing [UNK] token from the vocabulary'));
      }
      late?.();
      return new Promise((resolve) => setImmediate(() => resolve(encodingOf(text))));
    },
  }),
};
