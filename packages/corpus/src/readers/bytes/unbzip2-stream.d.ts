declare module 'unbzip2-stream' {
  /** A stream that decompresses bzip2, of one stream or several. */
  function unbzip2(): NodeJS.ReadWriteStream & { destroy(): void };

  export = unbzip2;
}
