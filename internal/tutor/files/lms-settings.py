# Tutor has put a folder of the pod here.
PROFILE_IMAGE_BACKEND["options"] = _public("profile-images", file_overwrite=True)
