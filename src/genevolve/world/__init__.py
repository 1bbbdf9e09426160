"""The small world: invented entities, a demonstrator that is often wrong, and judges that compute."""
