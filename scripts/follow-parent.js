/** Loaded into a child process: ends it when its parent is gone, so that nothing keeps running alone. */
process.on('disconnect', () => {
  process.kill(process.pid, 'SIGTERM')
})
// Listening to the parent must not be what keeps a finished process alive.
process.channel?.unref()
